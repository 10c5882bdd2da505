import { type ConfigMap, type ConfigTree, isRemoval, plainValue } from './config-tree.ts';
import { formatPath, type PathSegments } from './config-path.ts';
import { toSnakeCase } from './key-case.ts';
import { nearestKey } from './nearest-key.ts';
import type { ConfigProblem } from './problem.ts';
import { chooseList, chooseOption, listItem, type Schema, unwrapSchema } from './schema-shape.ts';

/** A tree as its schema names it, with what could not be named. */
export interface ReadTreeResult {
  /** Plain data with camelCase keys, not validated yet. */
  readonly value: unknown;
  /** Unknown keys, keys in the wrong case, removals of nothing. */
  readonly problems: readonly ConfigProblem[];
}

/**
 * Names every key as its schema does. The keys of records stay as they are. A group that is given in part keeps the
 * rest of its default, as it would keep the rest of an inherited group.
 */
export function readTree(root: Schema, tree: ConfigTree): ReadTreeResult {
  const problems: ConfigProblem[] = [];
  return { value: read(root, tree, []), problems };

  function read(schema: Schema, node: ConfigTree, path: PathSegments): unknown {
    if (isRemoval(node)) {
      problems.push({
        path: formatPath(path),
        origin: node.origin,
        what: 'there is nothing inherited to remove',
        fix: 'delete this line',
      });
      return undefined;
    }
    switch (node.kind) {
      case 'scalar':
        return node.value;
      case 'list': {
        const { shape } = unwrapSchema(chooseList(schema));
        return node.items.map((item, index) => {
          const itemSchema = shape.kind === 'list' ? listItem(shape, index) : undefined;
          return itemSchema === undefined ? plainValue(item) : read(itemSchema, item, [...path, String(index)]);
        });
      }
      case 'map':
        return readMap(schema, node, path);
    }
  }

  function readMap(schema: Schema, node: ConfigMap, path: PathSegments): unknown {
    const option = chooseOption(schema, treeEntries(node));
    const { shape } = unwrapSchema(option);
    const result: Record<string, unknown> = {};
    if (shape.kind === 'record') {
      for (const [key, value] of node.entries) result[key] = read(shape.value, value, [...path, key]);
      return result;
    }
    // A union without a fitting option is left to validation, which says what its discriminator may be.
    if (shape.kind !== 'object') return camelGuess(schema, node);
    for (const [key, value] of node.entries) {
      const known = shape.keys.get(key);
      const inside = [...path, key];
      if (known !== undefined) result[known.name] = read(known.schema, value, inside);
      else if (shape.others !== undefined) result[key] = read(shape.others, value, inside);
      else problems.push(unknownKey(root, { path: inside, node: value, siblings: shape.keys.keys() }));
    }
    return { ...unsetDefaults(schema, option, result), ...result };
  }
}

/** The keys of a map with plain values where those are simple: what a union's option is chosen by. */
export function treeEntries(node: ConfigTree | undefined): ReadonlyMap<string, unknown> | undefined {
  if (node?.kind !== 'map') return undefined;
  return new Map([...node.entries].map(([key, value]) => [key, value.kind === 'scalar' ? value.value : undefined]));
}

/** The same for plain data with camelCase keys. */
export function valueEntries(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map(Object.entries(value).map(([key, inner]) => [toSnakeCase(key), inner]));
}

/** The problem of a key no schema knows: in the wrong case, or with the nearest right key. */
export function unknownKey(
  root: Schema,
  key: { readonly path: PathSegments; readonly node: Pick<ConfigTree, 'origin'>; readonly siblings: Iterable<string> },
): ConfigProblem {
  const siblings = [...key.siblings];
  const name = key.path.at(-1) ?? '';
  const problem = { path: formatPath(key.path), origin: key.node.origin };
  const snake = toSnakeCase(name);
  if (snake !== name && siblings.includes(snake)) {
    return {
      ...problem,
      what: 'keys are written in snake_case',
      fix: `write ${formatPath([...key.path.slice(0, -1), snake])}`,
    };
  }
  const nearest = nearestKey(root, key.path, siblings);
  const fix =
    nearest !== undefined
      ? `did you mean ${nearest}?`
      : siblings.length === 0
        ? 'remove it'
        : `remove it; this group has ${siblings.join(', ')}`;
  return { ...problem, what: 'unknown key', fix };
}

// What the group's own default says about keys that were not given, unless it speaks of another option of the union.
function unsetDefaults(
  schema: Schema,
  option: Schema,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { fallback } = unwrapSchema(schema);
  const entries = valueEntries(fallback);
  if (entries === undefined || chooseOption(schema, entries) !== option) return {};
  return Object.fromEntries(Object.entries(fallback as object).filter(([name]) => !(name in given)));
}

function camelGuess(schema: Schema, node: ConfigMap): unknown {
  const { shape } = unwrapSchema(schema);
  const value = plainValue(node);
  if (shape.kind !== 'union' || shape.discriminator === undefined) return value;
  const written = toSnakeCase(shape.discriminator);
  return { ...(value as object), [shape.discriminator]: (value as Record<string, unknown>)[written] };
}
