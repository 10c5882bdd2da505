import type { VariableSpec } from '../program-variables.ts';
import { shapeProto } from '../trace/attribute-value.ts';
import { typeNumber } from './data-types.ts';
import { doneNode } from './done-node.ts';
import type { NodeDef } from './graph-proto.ts';

/** A variable in a graph, and the places where it is read, given a value and freed. */
export interface GraphVariable extends VariableSpec {
  /** By which every handle of it is known. */
  readonly sharedName: string;
  readonly places: VariablePlaces;
}

/** Outputs of nodes. */
export interface VariablePlaces {
  readonly read: string;
  /** Where a new value is fed, and what is fetched to give it. */
  readonly value: string;
  readonly assigned: string;
  /** What is fetched to free its memory. */
  readonly freed: string;
}

/** A variable, with the operations that read it, give it a value and free it. */
export function newVariable(
  sharedName: string,
  { shape, dtype }: VariableSpec,
): { readonly variable: GraphVariable; readonly nodes: readonly NodeDef[] } {
  const spec = { shape, dtype, sharedName };
  const type = { type: typeNumber(dtype) };
  const part = (name: string): string => `${sharedName}/${name}`;
  const handle = part('handle');
  const node = (op: string, name: string, rest: Pick<NodeDef, 'input' | 'attr'>): NodeDef => ({ op, name, ...rest });
  return {
    variable: {
      ...spec,
      places: {
        read: `${part('read')}:0`,
        value: `${part('value')}:0`,
        assigned: `${part('assigned')}:0`,
        freed: `${part('freed')}:0`,
      },
    },
    nodes: [
      variableHandle(handle, spec),
      node('ReadVariableOp', part('read'), { input: [handle], attr: { dtype: type } }),
      node('Placeholder', part('value'), { input: [], attr: { dtype: type, shape: { shape: shapeProto(shape) } } }),
      node('AssignVariableOp', part('assign'), { input: [handle, part('value')], attr: { dtype: type } }),
      doneNode(part('assigned'), [`^${part('assign')}`]),
      node('DestroyResourceOp', part('free'), { input: [handle], attr: { ignore_lookup_error: { b: true } } }),
      doneNode(part('freed'), [`^${part('free')}`]),
    ],
  };
}

/** A handle of a variable: all with the same shared name are the same variable. */
export function variableHandle(
  name: string,
  { sharedName, shape, dtype }: VariableSpec & { readonly sharedName: string },
): NodeDef {
  const attr = {
    shared_name: { s: new TextEncoder().encode(sharedName) },
    dtype: { type: typeNumber(dtype) },
    shape: { shape: shapeProto(shape) },
  };
  return { name, op: 'VarHandleOp', input: [], attr };
}
