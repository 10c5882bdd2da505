import { countTokens, largestExponent, type LogRatioOptions, mapLogRatios, type MismatchInputs } from './log-ratios.ts';
import { type EmptySequenceOptions, noTokens } from './sequence-summary.ts';

/** What `offPolicyMetrics` measures. T: trainer, R: rollout engine; log-probs in nats. */
export interface OffPolicyMetrics {
  /** Mean over sequences of `exp(−mean log π_T)`. */
  readonly trainerPerplexity: number;
  /** Mean over sequences of `−mean log π_T`. */
  readonly trainerLogPerplexity: number;
  readonly rolloutPerplexity: number;
  readonly rolloutLogPerplexity: number;
  /** Mean over sequences of `mean log π_R − mean log π_T`. */
  readonly logPerplexityDifference: number;
  /** Mean over sequences of its size. */
  readonly logPerplexityDifferenceSize: number;
  readonly logPerplexityDifferenceMax: number;
  readonly logPerplexityDifferenceMin: number;
  /** Mean over sequences of the trainer's perplexity over the engine's. */
  readonly perplexityRatio: number;
  /** KL(π_R ‖ π_T) over tokens by k1, `mean(−x)`. */
  readonly k1: number;
  /** By k2, `mean(x²/2)`. */
  readonly k2: number;
  /** By k3, `mean(e^x − 1 − x)`. */
  readonly k3: number;
  /** `mean(e^{2x}) − 1` over tokens, `x` within ±20. */
  readonly chiSquaredTokens: number;
  /** `mean(e^{2·Σx}) − 1` over sequences, the sum within ±20. */
  readonly chiSquaredSequences: number;
  /** `mean(e^x)² / mean(e^{2x})` over tokens, `x` within ±20: the share of tokens that uneven weights are worth. */
  readonly effectiveSampleSize: number;
}

/**
 * How far the trainer's policy is from the one that sampled, with `x = log π_T − log π_R` per trained token.
 *
 * verl's off-policy metrics (without k2), which count sequences without trained tokens as perplexity 1
 * (`emptySequences: 'counted'`). Exponents end at 600, so every value is finite.
 *
 * @throws ShapeError when rows differ
 * @throws RangeError where no token is trained, or a log-prob is not finite
 * @example
 * ```ts
 * offPolicyMetrics({ trainerLogProbs: [[-1, -2]], rolloutLogProbs: [[-1, -1]], mask: [[1, 1]] }).k1; // => 0.5
 * ```
 */
export function offPolicyMetrics(
  inputs: MismatchInputs,
  options: Pick<LogRatioOptions, 'missing'> & EmptySequenceOptions = {},
): OffPolicyMetrics {
  const tokens: TokenSums = { count: 0, k1: 0, k2: 0, k3: 0, ratios: 0, squares: 0 };
  const sequences: SequenceMeans[] = [];
  mapLogRatios(inputs, { ...options, caller: 'offPolicyMetrics' }, ({ logRatios, mask, sequence }) => {
    const count = countTokens(mask);
    if (count === 0 && options.emptySequences !== 'counted') return;
    const logRatio = addTokens(tokens, logRatios, mask);
    const trainer = maskedSum(inputs.trainerLogProbs[sequence] as ArrayLike<number>, mask) / Math.max(count, 1);
    // By the ratio, so that a missing log-prob of the engine counts as the trainer's.
    sequences.push({ logRatio, trainer, rollout: trainer - logRatio / Math.max(count, 1) });
  });
  if (tokens.count === 0) throw noTokens('offPolicyMetrics');
  const mean = (value: (sequence: SequenceMeans) => number): number =>
    sequences.reduce((sum, sequence) => sum + value(sequence), 0) / sequences.length;
  const difference = ({ rollout, trainer }: SequenceMeans): number => rollout - trainer;
  const differences = sequences.map(difference);
  return {
    trainerPerplexity: mean(({ trainer }) => boundedExp(-trainer)),
    trainerLogPerplexity: mean(({ trainer }) => -trainer),
    rolloutPerplexity: mean(({ rollout }) => boundedExp(-rollout)),
    rolloutLogPerplexity: mean(({ rollout }) => -rollout),
    logPerplexityDifference: mean(difference),
    logPerplexityDifferenceSize: mean((sequence) => Math.abs(difference(sequence))),
    logPerplexityDifferenceMax: differences.reduce((a, b) => Math.max(a, b)),
    logPerplexityDifferenceMin: differences.reduce((a, b) => Math.min(a, b)),
    perplexityRatio: mean((sequence) => boundedExp(difference(sequence))),
    k1: tokens.k1 / tokens.count,
    k2: tokens.k2 / tokens.count,
    k3: tokens.k3 / tokens.count,
    chiSquaredTokens: tokens.squares / tokens.count - 1,
    chiSquaredSequences: mean(({ logRatio }) => Math.exp(2 * Math.min(Math.max(logRatio, -20), 20))) - 1,
    effectiveSampleSize: (tokens.ratios / tokens.count) ** 2 / (tokens.squares / tokens.count),
  };
}

const largestRatio = Math.exp(20);
const leastRatio = Math.exp(-20);

interface TokenSums {
  count: number;
  k1: number;
  k2: number;
  k3: number;
  ratios: number;
  squares: number;
}

interface SequenceMeans {
  readonly logRatio: number;
  readonly trainer: number;
  readonly rollout: number;
}

function addTokens(sums: TokenSums, row: Float64Array, mask: ArrayLike<number>): number {
  let count = 0;
  let total = 0;
  let k2 = 0;
  let k3 = 0;
  let ratios = 0;
  let squares = 0;
  for (let token = 0; token < row.length; token += 1) {
    if (mask[token] === 0) continue;
    const x = row[token] as number;
    // One exponential for both, where neither bound holds.
    const power = Math.exp(x > largestExponent ? largestExponent : x);
    const ratio = power > largestRatio ? largestRatio : power < leastRatio ? leastRatio : power;
    count += 1;
    total += x;
    k2 += 0.5 * x * x;
    k3 += Math.max(power - 1 - x, 0);
    ratios += ratio;
    squares += ratio * ratio;
  }
  sums.count += count;
  sums.k1 -= total;
  sums.k2 += k2;
  sums.k3 += k3;
  sums.ratios += ratios;
  sums.squares += squares;
  return total;
}

// Not finite only where a missing log-prob counts as no correction.
function maskedSum(values: ArrayLike<number>, mask: ArrayLike<number>): number {
  let sum = 0;
  for (let token = 0; token < mask.length; token += 1) {
    const value = values[token] as number;
    if (mask[token] !== 0 && Number.isFinite(value)) sum += value;
  }
  return sum;
}

function boundedExp(exponent: number): number {
  return Math.exp(Math.min(exponent, largestExponent));
}
