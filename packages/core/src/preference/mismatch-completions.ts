/**
 * Completions moved one place on, the last to the front: each then stands at the prompt of its neighbour, which is how
 * KTO estimates its reference point. Where several completions of one prompt stand side by side, most stay at their own
 * prompt: order the batch so that they do not.
 *
 * As TRL does within a batch; KTO, arXiv:2402.01306.
 *
 * @throws RangeError for fewer than two completions, which cannot be mismatched
 * @example
 * ```ts
 * mismatchCompletions(['a', 'b', 'c']); // => ['c', 'a', 'b']
 * ```
 */
export function mismatchCompletions<Completion>(completions: readonly Completion[]): Completion[] {
  if (completions.length < 2) {
    throw new RangeError(`mismatchCompletions: expected two completions or more, given ${completions.length}`);
  }
  return [completions.at(-1) as Completion, ...completions.slice(0, -1)];
}
