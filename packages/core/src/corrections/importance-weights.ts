import {
  countTokens,
  type LogRatioOptions,
  type LogRatioRow,
  logRatioLimit,
  mapLogRatios,
  type MismatchInputs,
} from './log-ratios.ts';
import { isSequenceLevel, putTogether, type WeightLevel, weightLevels } from './levels.ts';

/** Options of `importanceWeights`. */
export interface ImportanceWeightOptions extends LogRatioOptions {
  /** Over what a weight is taken. Default `token`. */
  readonly level?: WeightLevel;
  /** Least ratio; `null` for none. Default `null`. */
  readonly lower?: number | null;
  /** Largest ratio, C; `null` for none. Default 2 (verl, slime); TRL has 3, ROLL 1.2. */
  readonly upper?: number | null;
  /**
   * What becomes of a weight whose ratio is outside the bounds: `clamp` to the nearer one (truncated importance
   * sampling, TIS), or `zero`, which drops the token from the gradient (IcePop, TRL's mask modes). Default `clamp`.
   */
  readonly outside?: 'clamp' | 'zero';
  /** Level of the ratio that is held against the bounds, where it is not the weight's own. Default `level`. */
  readonly judgedBy?: WeightLevel;
  /**
   * Divides the weights by their mean over trained `tokens`, or over `sequences` (each by the mean of its tokens).
   * Default `none`. verl's `batch_normalize` goes by tokens at token level and by sequences at sequence level.
   */
  readonly normalize?: 'none' | 'tokens' | 'sequences';
}

/** Options of a weight, checked, with defaults. */
export interface WeightSettings {
  readonly level: WeightLevel;
  readonly judgedBy: WeightLevel;
  readonly outside: 'clamp' | 'zero';
  readonly lower: number;
  readonly upper: number;
  readonly limit: number;
}

/**
 * Importance weights of the trainer against the engine that sampled: constants for `importanceWeights` of a loss.
 * With `x = log π_trainer − log π_rollout` per token,
 *
 * `w = clamp(exp(x at the level), lower, upper)`, or 0 outside the bounds.
 *
 * | peer | options |
 * | --- | --- |
 * | verl TIS | `{ level: 'token' }` or `{ level: 'sequence' }`, `upper: 2` |
 * | IcePop (verl `lo_hi`, OpenRLHF, slime, NeMo) | `{ lower, upper, outside: 'zero' }` |
 * | TRL `*_truncate`, `*_mask` | `{ level, upper: 3, outside: 'clamp' }`, `{ level, upper: 3, outside: 'zero' }` |
 * | OpenRLHF, slime TIS | `{ lower, upper }` |
 * | OpenRLHF, NeMo `seq-mask-tis` | `{ lower, upper, judgedBy: 'geometric', outside: 'zero' }`: a kept sequence has its token ratios unclamped |
 * | ROLL | `{ level, upper: 1.2 }`, also `segment` and `geometric` |
 *
 * Decoupled PPO (arXiv:2505.24298) multiplies its loss by the same weights with the proximal policy as the trainer:
 * `exp(log π_proximal − log π_behaviour)`, capped (`clamp`) or filtered (`zero`).
 *
 * Masked tokens have weight 0. `normalize` changes nothing where every weight is 0. Truncation: arXiv:1802.01561;
 * rollout mismatch: arXiv:2510.18855 (IcePop).
 *
 * @returns one weight per token, rows as in the inputs
 * @throws ShapeError when rows differ
 * @throws RangeError for an unknown option, bounds that are not positive or the wrong way round, or a log-prob that is
 * not finite
 * @example
 * ```ts
 * const inputs = { trainerLogProbs: [[0, 0]], rolloutLogProbs: [[0, -1]], mask: [[1, 1]] };
 * importanceWeights(inputs); // => [[1, 2]]
 * importanceWeights(inputs, { outside: 'zero' }); // => [[1, 0]]
 * ```
 */
export function importanceWeights(inputs: MismatchInputs, options: ImportanceWeightOptions = {}): Float64Array[] {
  const settings = weightSettings('importanceWeights', options);
  const weights = mapLogRatios(inputs, { ...options, caller: 'importanceWeights' }, (row) =>
    weightRow(ratioRow(row, settings), row.mask, settings),
  );
  const { normalize = 'none' } = options;
  if (normalize === 'none') return weights;
  const mean = meanWeight(weights, inputs.mask, normalize);
  if (!(mean > 1e-8)) return weights;
  for (const row of weights) {
    for (let token = 0; token < row.length; token += 1) row[token] = (row[token] as number) / mean;
  }
  return weights;
}

/** Options with defaults; throws a RangeError for bounds without meaning. */
export function weightSettings(caller: string, options: ImportanceWeightOptions): WeightSettings {
  const { level = 'token', outside = 'clamp', judgedBy = level } = options;
  const upper = options.upper === undefined ? 2 : (options.upper ?? Number.POSITIVE_INFINITY);
  const lower = options.lower ?? 0;
  if (!(upper > 0)) throw new RangeError(`${caller}: upper must be above 0 or null, given ${upper}`);
  if (!(lower >= 0 && lower <= upper)) {
    throw new RangeError(`${caller}: lower must be from 0 to upper (${upper}), or null, given ${lower}`);
  }
  checkOneOf(`${caller}: level`, level, weightLevels);
  checkOneOf(`${caller}: judgedBy`, judgedBy, weightLevels);
  checkOneOf(`${caller}: outside`, outside, ['clamp', 'zero']);
  checkOneOf(`${caller}: normalize`, options.normalize ?? 'none', ['none', 'tokens', 'sequences']);
  return { level, judgedBy, outside, lower, upper, limit: logRatioLimit(caller, options) };
}

function checkOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new RangeError(`${name} is one of ${allowed.join(', ')}, given ${String(value)}`);
}

/** Ratios per token, at the weight's level and at the level that is held against the bounds. */
export interface RatioRow {
  readonly ratios: Float64Array;
  readonly judged: Float64Array;
}

/** Ratios of a row; overwrites its buffers. */
export function ratioRow(row: LogRatioRow, { level, judgedBy, limit }: WeightSettings): RatioRow {
  const { logRatios, spare, mask } = row;
  if (judgedBy === level) {
    raise(logRatios, mask, { level, limit });
    return { ratios: logRatios, judged: logRatios };
  }
  spare.set(logRatios);
  raise(spare, mask, { level: judgedBy, limit });
  raise(logRatios, mask, { level, limit });
  return { ratios: logRatios, judged: spare };
}

/** Weights of a row from its ratios; 0 at masked places. */
function weightRow({ ratios, judged }: RatioRow, mask: ArrayLike<number>, settings: WeightSettings): Float64Array {
  const { outside, lower, upper } = settings;
  const weights = new Float64Array(ratios.length);
  for (let token = 0; token < ratios.length; token += 1) {
    const ratio = ratios[token] as number;
    const judgedRatio = judged[token] as number;
    if (mask[token] === 0) weights[token] = 0;
    else if (judgedRatio >= lower && judgedRatio <= upper) weights[token] = ratio;
    else weights[token] = outside === 'zero' ? 0 : ratio < lower ? lower : ratio > upper ? upper : ratio;
  }
  return weights;
}

// exp of a row at a level, in place, each exponent within ±limit.
function raise(
  row: Float64Array,
  mask: ArrayLike<number>,
  { level, limit }: { readonly level: WeightLevel; readonly limit: number },
): void {
  putTogether(level, row, mask);
  if (isSequenceLevel(level)) {
    row.fill(Math.exp(within(row[0] ?? 0, limit)));
    return;
  }
  for (let token = 0; token < row.length; token += 1) row[token] = Math.exp(within(row[token] as number, limit));
}

/** Mean weight of trained tokens, or mean over sequences that have any of the mean weight of their tokens. */
export function meanWeight(
  weights: readonly Float64Array[],
  mask: MismatchInputs['mask'],
  by: 'tokens' | 'sequences',
): number {
  let total = 0;
  let count = 0;
  weights.forEach((row, sequence) => {
    let sum = 0;
    for (let token = 0; token < row.length; token += 1) sum += row[token] as number;
    const tokens = countTokens(mask[sequence] as ArrayLike<number>);
    total += by === 'tokens' ? sum : sum / Math.max(tokens, 1);
    count += by === 'tokens' ? tokens : Math.min(tokens, 1);
  });
  return count === 0 ? 0 : total / count;
}

function within(value: number, limit: number): number {
  return value > limit ? limit : value < -limit ? -limit : value;
}
