import type { AttrValue, ShapeProto } from '../graph/graph-proto.ts';
import type { RecordedAttribute } from '../operations/operation-attributes.ts';

/** An attribute as a graph holds it. */
export function attributeValue(attribute: RecordedAttribute): AttrValue {
  switch (attribute.kind) {
    case 'int':
      return { i: attribute.value };
    case 'float':
      return { f: attribute.value };
    case 'type':
      return { type: attribute.value };
    case 'bool':
      return { b: attribute.value };
    case 'string':
      return { s: bytes(attribute.value) };
    case 'shape':
      return { shape: shapeProto(attribute.value) };
    case 'ints':
      return { list: { i: attribute.value } };
    case 'floats':
      return { list: { f: attribute.value } };
    case 'types':
      return { list: { type: attribute.value } };
    case 'bools':
      return { list: { b: attribute.value } };
    case 'strings':
      return { list: { s: attribute.value.map(bytes) } };
  }
}

/** A shape as a graph holds it. */
export function shapeProto(shape: readonly number[]): ShapeProto {
  return { dim: shape.map((size) => ({ size })) };
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
