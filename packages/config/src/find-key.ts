import { type ConfigTree, treeOf } from './config-tree.ts';
import { formatPath, type PathSegments } from './config-path.ts';
import { defaultOrigin, type Origin } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import { treeEntries, unknownKey } from './read-tree.ts';
import { chooseList, chooseOption, listItem, type Schema, type Shape, unwrapSchema } from './schema-shape.ts';
import { writtenValues } from './written-values.ts';

/** Whether a path may be set. */
export type FoundKey =
  | {
      /** `exists`: the schema has the key, or the record or list has the entry. `new`: an entry that would be added. */
      readonly status: 'exists' | 'new';
      /** Defaults of the records and lists on the way that no file sets. */
      readonly fallbacks: readonly { readonly at: PathSegments; readonly value: unknown }[];
    }
  | { readonly status: 'unknown'; readonly problem: ConfigProblem };

interface Place {
  readonly schema: Schema;
  /** What files and earlier overrides say here, else what defaults say. */
  readonly node: ConfigTree | undefined;
}

/** Looks `path` up in the schema, and in the configuration where the schema leaves names open. */
export function findKey(
  root: Schema,
  wanted: { readonly tree: ConfigTree; readonly path: PathSegments; readonly origin: Origin },
): FoundKey {
  const { path, origin } = wanted;
  const fallbacks: { at: PathSegments; value: unknown }[] = [];
  let place: Place = { schema: root, node: wanted.tree };
  let status: 'exists' | 'new' = 'exists';
  for (const [depth, segment] of path.entries()) {
    const at = path.slice(0, depth);
    const inside = path.slice(0, depth + 1);
    const fail = (what: string, fix: string): FoundKey => ({
      status: 'unknown',
      problem: { path: formatPath(inside), origin, what, fix },
    });
    const { fallback } = unwrapSchema(place.schema);
    const node =
      place.node ?? (fallback === undefined ? undefined : treeOf(writtenValues(place.schema, fallback), defaultOrigin));
    const shape = openShape(place.schema, node, segment);
    const child = childNode(node, segment);
    switch (shape.kind) {
      case 'object': {
        const next = shape.keys.get(segment)?.schema ?? shape.others;
        if (next === undefined) {
          return {
            status: 'unknown',
            problem: unknownKey(root, { path: inside, node: { origin }, siblings: shape.keys.keys() }),
          };
        }
        if (!shape.keys.has(segment)) status = child === undefined ? 'new' : 'exists';
        place = { schema: next, node: child };
        break;
      }
      case 'record':
        if (node?.origin.kind === 'default') fallbacks.push({ at, value: writtenValues(place.schema, fallback) });
        status = child === undefined ? 'new' : 'exists';
        place = { schema: shape.value, node: child };
        break;
      case 'list': {
        const length = node?.kind === 'list' ? node.items.length : 0;
        const index = /^\d+$/.test(segment) ? Number(segment) : Number.NaN;
        const next = listItem(shape, index);
        if (next === undefined || !(index <= length)) {
          return fail(
            `this list has ${length === 1 ? '1 entry' : `${length} entries`}`,
            `count from 0; ${length} adds one`,
          );
        }
        if (node?.origin.kind === 'default') fallbacks.push({ at, value: writtenValues(place.schema, fallback) });
        status = index < length ? 'exists' : 'new';
        place = { schema: next, node: child };
        break;
      }
      default:
        return fail(`${formatPath(at)} is a single value, it has no keys`, `set ${formatPath(at)} itself`);
    }
  }
  return { status, fallbacks };
}

// The shape that can hold `segment`: of a union nothing has been said about, the first option that knows the key.
function openShape(schema: Schema, node: ConfigTree | undefined, segment: string): Shape {
  const chosen = node?.kind === 'list' ? chooseList(schema) : chooseOption(schema, treeEntries(node));
  const { shape } = unwrapSchema(chosen);
  if (shape.kind !== 'union') return shape;
  const shapes = shape.options.map((option) => openShape(option, undefined, segment));
  const holds = (one: Shape): boolean =>
    one.kind === 'record' ||
    (one.kind === 'object' && one.keys.has(segment)) ||
    (one.kind === 'list' && /^\d+$/.test(segment));
  return shapes.find(holds) ?? shapes.find((one) => one.kind === 'object') ?? { kind: 'leaf' };
}

function childNode(node: ConfigTree | undefined, segment: string): ConfigTree | undefined {
  if (node?.kind === 'map') return node.entries.get(segment);
  return node?.kind === 'list' && /^\d+$/.test(segment) ? node.items[Number(segment)] : undefined;
}
