/**
 * A 32-bit seed for one purpose, a pure function of the run's seed and a path of names and counters
 * (FNV-1a over the path, finished with murmur3's mixer). Nothing random in rlloom keeps hidden state: a
 * sample's stream is `deriveSeed(runSeed, 'rollout', step, taskId, sampleIndex)`, so a resumed run, another
 * batch size or another thread draws the same numbers.
 *
 * @example
 * ```ts
 * deriveSeed(1, 'rollout', 7, 'task-3', 0) === deriveSeed(1, 'rollout', 7, 'task-3', 0); // => true
 * ```
 */
export function deriveSeed(seed: number, ...path: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of [seed, ...path]) {
    for (const char of `${typeof part}:${part}/`) {
      hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
