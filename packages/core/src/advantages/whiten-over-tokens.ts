import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Options of `whitenOverTokens`. */
export interface WhitenOptions {
  /** 1: sample variance, ÷(n−1) (verl, TRL); 0: population, ÷n (OpenRLHF, NeMo-RL). Default 1. */
  readonly ddof?: 0 | 1;
  /** Added to the variance under the root with `ddof` 1; its lower bound with `ddof` 0. Default 1e-8. */
  readonly epsilon?: number;
  /** What stands at masked places of the result: 0, or their value moved and scaled alike (verl's `masked_whiten`). Default `zero`. */
  readonly atMasked?: 'zero' | 'scaled';
}

/**
 * Scales to mean 0 and variance 1 over all trained tokens of the batch: `(x − mean)/√(v₁ + epsilon)` with the sample
 * variance, `(x − mean)/√(max(v₀, epsilon))` with the population's. Equal values become exactly 0.
 *
 * @param values `[B,T]`; what stands at masked places does not count
 * @param mask `[B,T]`, 1 on trained tokens
 * @returns `[B,T]`
 * @throws ShapeError when shapes differ
 * @throws RangeError for no trained token, or one with `ddof` 1: they have no variance (verl raises there too)
 * @example
 * ```ts
 * whitenOverTokens([[1, 3, 9]], [[1, 1, 0]], { ddof: 0 }); // => [[-1, 1, 0]]
 * ```
 */
export function whitenOverTokens(values: TokenRows, mask: TokenRows, options: WhitenOptions = {}): Float64Array[] {
  checkSameRows('whitenOverTokens', { values, mask });
  const { ddof = 1, epsilon = 1e-8, atMasked = 'zero' } = options;
  const { count, mean, variance } = tokenMoments(values, mask);
  if (count <= ddof) {
    throw new RangeError(`whitenOverTokens: ${count} trained token(s) have no variance with ddof ${ddof}`);
  }
  const scale = 1 / Math.sqrt(ddof === 1 ? (variance * count) / (count - 1) + epsilon : Math.max(variance, epsilon));
  return values.map((row, sequence) => {
    const bits = mask[sequence] as ArrayLike<number>;
    const whitened = new Float64Array(row.length);
    for (let token = 0; token < row.length; token += 1) {
      const kept = bits[token] !== 0 || atMasked === 'scaled';
      whitened[token] = kept ? ((row[token] as number) - mean) * scale : 0;
    }
    return whitened;
  });
}

// Equal values have their mean and a variance of 0 exactly; see moments.ts. The moments of a row are taken from a copy
// of its trained tokens, which stays in the cache, and put together as in Chan, Golub, LeVeque (1979): the batch is read
// once, where mean and then variance over all of it would read it twice.
function tokenMoments(values: TokenRows, mask: TokenRows) {
  let [count, mean, squares, lowest, highest] = [0, 0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const buffer = new Float64Array(values.reduce((widest, row) => Math.max(widest, row.length), 0));
  for (let sequence = 0; sequence < values.length; sequence += 1) {
    const trained = takeTrained(values[sequence] as ArrayLike<number>, mask[sequence] as ArrayLike<number>, buffer);
    if (trained === 0) continue;
    const row = rowMoments(buffer, trained);
    const difference = row.mean - mean;
    const all = count + trained;
    mean += (difference * trained) / all;
    squares += row.squares + (difference * difference * count * trained) / all;
    count = all;
    if (row.lowest < lowest) lowest = row.lowest;
    if (row.highest > highest) highest = row.highest;
  }
  return lowest === highest ? { count, mean: lowest, variance: 0 } : { count, mean, variance: squares / count };
}

function takeTrained(row: ArrayLike<number>, mask: ArrayLike<number>, buffer: Float64Array): number {
  let trained = 0;
  for (let token = 0; token < row.length; token += 1) {
    if (mask[token] === 0) continue;
    buffer[trained] = row[token] as number;
    trained += 1;
  }
  return trained;
}

function rowMoments(buffer: Float64Array, trained: number) {
  let [sum, lowest, highest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let place = 0; place < trained; place += 1) {
    const value = buffer[place] as number;
    sum += value;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
  }
  const mean = sum / trained;
  let squares = 0;
  for (let place = 0; place < trained; place += 1) {
    const deviation = (buffer[place] as number) - mean;
    squares += deviation * deviation;
  }
  return { mean, squares, lowest, highest };
}
