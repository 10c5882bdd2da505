import { valueEntries } from './read-tree.ts';
import { chooseList, chooseOption, listItem, type Schema, unwrapSchema } from './schema-shape.ts';

/**
 * A configuration in TypeScript's names as it is written in files: snake_case keys, records untouched, keys without a
 * value left out.
 */
export function writtenValues(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const { shape } = unwrapSchema(chooseList(schema));
    return value.map((item: unknown, index) => {
      const inner = shape.kind === 'list' ? listItem(shape, index) : undefined;
      return inner === undefined ? item : writtenValues(inner, item);
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  const { shape } = unwrapSchema(chooseOption(schema, valueEntries(value)));
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (inner === undefined) continue;
    if (shape.kind === 'record') result[name] = writtenValues(shape.value, inner);
    else if (shape.kind === 'object') {
      const known = [...shape.keys].find(([, key]) => key.name === name);
      if (known === undefined) result[name] = inner;
      else result[known[0]] = writtenValues(known[1].schema, inner);
    } else result[name] = inner;
  }
  return result;
}
