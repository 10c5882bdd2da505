import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Inputs of `segmentReturns`. */
export interface SegmentReturnsInputs {
  /** `[B,T]`; masked places are not read. */
  readonly tokenRewards: TokenRows;
  /** `[B,T]`, not 0 on trained tokens. */
  readonly mask: TokenRows;
}

/** Options of `segmentReturns`. */
export interface SegmentReturnsOptions {
  /** Discount per segment. Default 1. */
  readonly gamma?: number;
  /**
   * The reward of a segment: that of its `last` token, where an environment puts it (ROLL), or the `sum` over its
   * tokens, which keeps penalties per token. Default `last`.
   */
  readonly segmentReward?: 'last' | 'sum';
}

/**
 * Discounted returns over the segments of each row: `G_k = r_k + gamma · G_{k+1}`, given to every token of segment k and
 * 0 to masked tokens. A segment is an unbroken run of trained tokens: one turn of an agent. What stands between the
 * turns, however long, costs one discount.
 *
 * ROLL's `agentic_reinforce`.
 *
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @throws RangeError when gamma is not finite
 * @example
 * ```ts
 * segmentReturns({ tokenRewards: [[0, 1, 9, 0, 4]], mask: [[1, 1, 0, 1, 1]] }, { gamma: 0.5 }); // => [[3, 3, 0, 4, 4]]
 * ```
 */
export function segmentReturns(inputs: SegmentReturnsInputs, options: SegmentReturnsOptions = {}): Float64Array[] {
  const { tokenRewards, mask } = inputs;
  const { gamma = 1, segmentReward = 'last' } = options;
  checkSameRows('segmentReturns', { tokenRewards, mask });
  if (!Number.isFinite(gamma)) throw new RangeError(`segmentReturns: gamma must be finite, given ${gamma}`);
  return mask.map((row, sequence) => {
    const rewards = tokenRewards[sequence] ?? [];
    const returns = new Float64Array(row.length);
    let following = 0;
    for (let end = row.length - 1; end >= 0; end -= 1) {
      if (row[end] === 0) continue;
      const start = segmentStart(row, end);
      let reward = rewards[end] as number;
      if (segmentReward === 'sum') {
        for (let token = start; token < end; token += 1) reward += rewards[token] as number;
      }
      following = reward + gamma * following;
      returns.fill(following, start, end + 1);
      end = start;
    }
    return returns;
  });
}

/**
 * The mean of each segment, at every token of it, and 0 at masked tokens: `x̄_k = Σ_{t∈k} x_t / n_k`. Used for ratios
 * per turn: the mean log-ratio of a turn is the log of the geometric mean.
 *
 * ROLL's segment masked mean.
 *
 * @param values `[B,T]`; masked places are not read
 * @param mask `[B,T]`, not 0 on trained tokens
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @example
 * ```ts
 * segmentMeans([[2, 4, 0, 6, 0]], [[1, 1, 0, 1, 0]]); // => [[3, 3, 0, 6, 0]]
 * ```
 */
export function segmentMeans(values: TokenRows, mask: TokenRows): Float64Array[] {
  checkSameRows('segmentMeans', { values, mask });
  return mask.map((row, sequence) => {
    const given = values[sequence] ?? [];
    const means = new Float64Array(row.length);
    for (let end = row.length - 1; end >= 0; end -= 1) {
      if (row[end] === 0) continue;
      const start = segmentStart(row, end);
      let sum = 0;
      for (let token = start; token <= end; token += 1) sum += given[token] as number;
      means.fill(sum / (end - start + 1), start, end + 1);
      end = start;
    }
    return means;
  });
}

function segmentStart(mask: ArrayLike<number>, end: number): number {
  let start = end;
  while (start > 0 && mask[start - 1] !== 0) start -= 1;
  return start;
}
