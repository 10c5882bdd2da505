import { shapeProto } from '../trace/attribute-value.ts';
import { typeNumbers } from './data-types.ts';
import type { NodeDef } from './graph-proto.ts';

/** A number to fetch where only the effects of other operations (`^name`) are wanted. */
export function doneNode(name: string, controls: readonly string[]): NodeDef {
  const dtype = { type: typeNumbers.int32 };
  const tensor = { dtype: typeNumbers.int32, tensorShape: shapeProto([]), tensorContent: new Uint8Array(4) };
  return { name, op: 'Const', input: controls, attr: { dtype, value: { tensor } } };
}
