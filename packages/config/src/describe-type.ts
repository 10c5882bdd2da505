import { z } from 'zod';
import { type Schema, unwrapSchema } from './schema-shape.ts';

/** What a schema accepts, in plain words: `a positive integer`, `one of "wasm", "cpu"`, `a list of texts, or null`. */
export function describeType(schema: Schema): string {
  const { schema: inner, shape, nullable } = unwrapSchema(schema);
  const words = describeInner(inner, shape);
  return nullable ? `${words}, or null` : words;
}

function describeInner(schema: Schema, shape: ReturnType<typeof unwrapSchema>['shape']): string {
  switch (shape.kind) {
    case 'object':
      return `a group of keys (${few([...shape.keys.keys()])})`;
    case 'record':
      return `a group of names, each with ${describeType(shape.value)}`;
    case 'list':
      return shape.items.length > 0
        ? `a list of ${shape.items.map(describeType).join(', ')}`
        : `a list, each entry ${shape.rest === undefined ? 'none' : describeType(shape.rest)}`;
    case 'union':
      return [...new Set(shape.options.map(describeType))].join(', or ');
    case 'leaf':
      return describeLeaf(schema);
  }
}

function describeLeaf(schema: Schema): string {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'string':
      return describeText(z.toJSONSchema(schema, { io: 'input' }) as Bounds);
    case 'number':
      return describeNumber(z.toJSONSchema(schema, { io: 'input' }) as Bounds);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'enum':
      return oneOf(Object.values(def.entries));
    case 'literal':
      return oneOf(def.values);
    default:
      return `a value of type ${def.type}`;
  }
}

function describeText(bounds: Bounds): string {
  if (bounds.format !== undefined) return `a text in the form of a ${bounds.format}`;
  return bounds.minLength !== undefined && bounds.minLength > 0 ? 'a text that is not empty' : 'a text';
}

// What zod's own JSON Schema says of a leaf: its checks, folded.
interface Bounds {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly format?: string;
}

function describeNumber(bag: Bounds): string {
  const isInteger = bag.type === 'integer';
  const noun = isInteger ? 'integer' : 'number';
  // `int()` alone bounds a number to the safe integers, which nobody needs to read.
  const minimum = bag.minimum === Number.MIN_SAFE_INTEGER ? undefined : bag.minimum;
  const maximum = bag.maximum === Number.MAX_SAFE_INTEGER ? undefined : bag.maximum;
  const isPositive = bag.exclusiveMinimum === 0 || (isInteger && minimum === 1);
  const bounds: string[] = [];
  if (!isPositive && bag.exclusiveMinimum !== undefined) bounds.push(`above ${bag.exclusiveMinimum}`);
  else if (!isPositive && minimum !== undefined) bounds.push(`of at least ${minimum}`);
  if (bag.exclusiveMaximum !== undefined) bounds.push(`below ${bag.exclusiveMaximum}`);
  else if (maximum !== undefined) bounds.push(`of at most ${maximum}`);
  if (bag.multipleOf !== undefined) bounds.push(`a multiple of ${bag.multipleOf}`);
  const article = isPositive ? 'a positive' : isInteger ? 'an' : 'a';
  return [article, noun, bounds.join(' and ')].filter((part) => part !== '').join(' ');
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => JSON.stringify(value) ?? 'undefined');
  return shown.length === 1 ? (shown[0] ?? '') : `one of ${shown.join(', ')}`;
}

function few(keys: readonly string[]): string {
  return keys.length <= 6 ? keys.join(', ') : `${keys.slice(0, 5).join(', ')}, …`;
}
