import { distance } from 'fastest-levenshtein';
import { formatPath, type PathSegments } from './config-path.ts';
import { type Schema, unwrapSchema } from './schema-shape.ts';

/**
 * The name of `candidates` that `name` was probably meant to be: within a third of its length (at least 2 letters) by
 * edit distance; the first of equals.
 *
 * @example
 * ```ts
 * nearestName('lerning_rate', ['learning_rate', 'warmup_steps']); // => 'learning_rate'
 * nearestName('banana', ['learning_rate']); // => undefined
 * ```
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = distance(name, candidate);
    if (edits < bestDistance) {
      best = candidate;
      bestDistance = edits;
    }
  }
  return best;
}

/**
 * The key an unknown path was probably meant to be: a similar name in the same group, else the same (or nearly the
 * same) name anywhere in the schema.
 *
 * @param schema the whole configuration's
 * @param siblings keys of the group the unknown key is in
 */
export function nearestKey(schema: Schema, path: PathSegments, siblings: Iterable<string>): string | undefined {
  const name = path.at(-1) ?? '';
  const sibling = nearestName(name, siblings);
  if (sibling !== undefined) return formatPath([...path.slice(0, -1), sibling]);
  const elsewhere = schemaPaths(schema).filter((candidate) => distance(name, candidate.at(-1) ?? '') <= 1);
  const wanted = formatPath(path);
  const [nearest] = elsewhere.map(formatPath).sort((a, b) => distance(a, wanted) - distance(b, wanted));
  return nearest;
}

/** Every key of a schema as a snake_case path; `*` stands for a record's names and a list's positions. */
export function schemaPaths(schema: Schema): string[][] {
  const paths = new Map<string, string[]>();
  visit(schema, [], []);
  return [...paths.values()];

  function visit(next: Schema, path: string[], open: readonly Schema[]): void {
    const { schema: inner, shape } = unwrapSchema(next);
    if (open.includes(inner)) return;
    const inside = [...open, inner];
    switch (shape.kind) {
      case 'object':
        for (const [key, { schema: value }] of shape.keys) {
          paths.set(formatPath([...path, key]), [...path, key]);
          visit(value, [...path, key], inside);
        }
        return;
      case 'record':
        visit(shape.value, [...path, '*'], inside);
        return;
      case 'list':
        for (const item of [...shape.items, ...(shape.rest === undefined ? [] : [shape.rest])]) {
          visit(item, [...path, '*'], inside);
        }
        return;
      case 'union':
        for (const option of shape.options) visit(option, path, inside);
        return;
      case 'leaf':
        return;
    }
  }
}
