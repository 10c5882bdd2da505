import { ShapeError } from '../shape-error.ts';

/**
 * Applies an estimator to each group of a flat batch and puts the results back in batch order.
 *
 * @param values one per sequence
 * @param groups the group (prompt) each sequence belongs to; members need not be neighbours
 * @param estimate maps the values of one group, in batch order, to as many results
 * @returns one result per value
 * @throws ShapeError when lengths differ, also those of the estimator's result
 * @example
 * ```ts
 * perGroup([6, 9, 3, 12], ['a', 'b', 'a', 'b'], (rewards) => leaveOneOutAdvantages(rewards)); // => [3, -3, -3, 3]
 * ```
 */
export function perGroup<Value, Result>(
  values: readonly Value[],
  groups: readonly (string | number)[],
  estimate: (values: readonly Value[]) => readonly Result[],
): Result[] {
  if (values.length !== groups.length) {
    throw new ShapeError('perGroup', 'one group per value', { values: [values.length], groups: [groups.length] });
  }
  const members = new Map<string | number, { readonly values: Value[]; readonly positions: number[] }>();
  values.forEach((value, position) => {
    const group = groups[position] as string | number;
    const known = members.get(group) ?? { values: [], positions: [] };
    members.set(group, known);
    known.values.push(value);
    known.positions.push(position);
  });
  const results = new Array<Result>(values.length);
  for (const group of members.values()) {
    const estimated = estimate(group.values);
    if (estimated.length !== group.values.length) {
      throw new ShapeError('perGroup', 'an estimate per member', {
        values: [group.values.length],
        estimates: [estimated.length],
      });
    }
    estimated.forEach((result, member) => {
      results[group.positions[member] as number] = result;
    });
  }
  return results;
}
