import type { PathSegments } from './config-path.ts';
import { toSnakeCase } from './key-case.ts';
import { valueEntries } from './read-tree.ts';
import { chooseList, chooseOption, listItem, type Schema, unwrapSchema } from './schema-shape.ts';

/** A place in a configuration, found from a path in TypeScript's names. */
export interface Location {
  /** As written in files: snake_case. */
  readonly path: PathSegments;
  /** `undefined` where the schema knows no such place. */
  readonly schema: Schema | undefined;
  readonly value: unknown;
}

/** Follows camelCase `names` through a value and its schema. */
export function locate(root: Schema, value: unknown, names: readonly PropertyKey[]): Location {
  let location: Location = { path: [], schema: root, value };
  for (const name of names) location = step(location, String(name));
  return location;
}

function step({ path, schema, value }: Location, name: string): Location {
  const next = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  const plain = { path: [...path, name], schema: undefined, value: next };
  if (schema === undefined) return plain;
  const chosen = Array.isArray(value) ? chooseList(schema) : chooseOption(schema, valueEntries(value));
  const { shape } = unwrapSchema(chosen);
  switch (shape.kind) {
    case 'object': {
      const known = [...shape.keys].find(([, key]) => key.name === name);
      if (known === undefined) return { ...plain, schema: shape.others };
      return { path: [...path, known[0]], schema: known[1].schema, value: next };
    }
    case 'record':
      return { ...plain, schema: shape.value };
    case 'list':
      return { ...plain, schema: listItem(shape, Number(name)) };
    default:
      return { ...plain, path: [...path, toSnakeCase(name)] };
  }
}
