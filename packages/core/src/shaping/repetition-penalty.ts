import { checkWithin } from './check-within.ts';

/** Options of `repetitionPenalty`. */
export interface RepetitionPenaltyOptions {
  /** Tokens that make one n-gram. Default 3. */
  readonly ngramSize?: number;
  /** The limit of the penalty, 0 or below. Default −1 (TRL); ROLL's math rule has −0.1. */
  readonly maxPenalty?: number;
}

/**
 * Penalty for n-grams that come again: `maxPenalty · (1 − distinct n-grams / all n-grams)`, 0 for responses shorter
 * than an n-gram.
 *
 * Counted over token ids as in TRL. open-r1 and ROLL count over words, which only fits languages that have spaces.
 *
 * arXiv:2502.03373, appendix C.2.
 *
 * @param tokenIds of the response, integers
 * @returns from `maxPenalty` to 0
 * @throws RangeError when `ngramSize` is not an integer from 1, or `maxPenalty` above 0 or not finite
 * @example
 * ```ts
 * repetitionPenalty([5, 5, 5, 5, 5], { ngramSize: 2 }); // => -0.75
 * repetitionPenalty([1, 2, 3, 4], { ngramSize: 2 }); // => 0
 * ```
 */
export function repetitionPenalty(tokenIds: ArrayLike<number>, options: RepetitionPenaltyOptions = {}): number {
  const { ngramSize = 3, maxPenalty = -1 } = options;
  checkWithin('repetitionPenalty', { maxPenalty }, [-Number.MAX_VALUE, 0]);
  if (!Number.isInteger(ngramSize) || ngramSize < 1) {
    throw new RangeError(`repetitionPenalty: ngramSize must be an integer from 1, given ${ngramSize}`);
  }
  const count = tokenIds.length - ngramSize + 1;
  if (count <= 0) return 0;
  const distinct = countDistinct(tokenIds, ngramSize, count);
  return distinct === count ? 0 : maxPenalty * (1 - distinct / count);
}

// A hash table of start positions: n-grams are compared where they stand, no key is made for them.
function countDistinct(ids: ArrayLike<number>, size: number, count: number): number {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * count)));
  const last = slots.length - 1;
  let distinct = 0;
  for (let start = 0; start < count; start += 1) {
    let hash = 0;
    for (let offset = 0; offset < size; offset += 1) {
      hash = Math.imul(hash ^ (ids[start + offset] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    let slot = hash & last;
    while (slots[slot] !== 0 && !sameTokens(ids, [(slots[slot] as number) - 1, start], size)) slot = (slot + 1) & last;
    if (slots[slot] !== 0) continue;
    slots[slot] = start + 1;
    distinct += 1;
  }
  return distinct;
}

function sameTokens(ids: ArrayLike<number>, [a, b]: readonly [number, number], size: number): boolean {
  for (let offset = 0; offset < size; offset += 1) if (ids[a + offset] !== ids[b + offset]) return false;
  return true;
}
