import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';

/** Log-probs of the same sampled tokens under two policies, each with rows of the same lengths. */
export interface MismatchInputs {
  /** Under the policy to be trained for: the trainer's recomputation, the proximal policy, or the policy now. */
  readonly trainerLogProbs: TokenRows;
  /** Under the policy that sampled, as the rollout engine reported them. */
  readonly rolloutLogProbs: TokenRows;
  /** 1 on trained tokens. What stands at the others, NaN included, has no effect. */
  readonly mask: TokenRows;
}

/** How log ratios `x = trainer − rollout` are formed. */
export interface LogRatioOptions {
  /**
   * A trained token whose difference is not finite (an engine reported no log-prob): `error`, or `no-correction`,
   * which counts it as `x = 0` (TRL, AReaL). Default `error`.
   */
  readonly missing?: 'error' | 'no-correction';
  /** Bound on `|x|` before `exp`. Default 20 (verl); `null` (TRL, OpenRLHF, slime) leaves the range of float32, ±88. */
  readonly logRatioClamp?: number | null;
}

/** Largest exponent of a perplexity or divergence: its `exp` and sums of it stay finite in float64. */
export const largestExponent = 600;

/** A row of log ratios and its mask, as a caller of `mapLogRatios` sees it. */
export interface LogRatioRow {
  /** `x` per token, not clamped; 0 at masked places. A buffer that the next row overwrites: free to change. */
  readonly logRatios: Float64Array;
  /** A second buffer of the same length, with any content. */
  readonly spare: Float64Array;
  readonly mask: ArrayLike<number>;
  readonly sequence: number;
}

/**
 * What `use` gives for the log ratios `x = trainer − rollout` of each row.
 *
 * @throws ShapeError when rows differ
 * @throws RangeError for a difference that is not finite at a trained token
 */
export function mapLogRatios<Result>(
  inputs: MismatchInputs,
  { caller, missing = 'error' }: LogRatioOptions & { readonly caller: string },
  use: (row: LogRatioRow) => Result,
): Result[] {
  const { trainerLogProbs, rolloutLogProbs, mask } = inputs;
  checkSameRows(caller, { trainerLogProbs, rolloutLogProbs, mask });
  // The same buffers for all rows: they stay in the cache, where new ones per row would be bound by memory.
  const widest = mask.reduce((width, row) => Math.max(width, row.length), 0);
  const [buffer, spareBuffer] = [new Float64Array(widest), new Float64Array(widest)];
  return mask.map((maskRow, sequence) => {
    const row = buffer.subarray(0, maskRow.length);
    const rowInputs = { mask: maskRow, trainer: trainerLogProbs[sequence], rollout: rolloutLogProbs[sequence] };
    const unusable = fillLogRatios(row, rowInputs as RowInputs);
    if (unusable !== -1 && missing === 'error') throw notFinite(caller, sequence, unusable);
    return use({ logRatios: row, spare: spareBuffer.subarray(0, row.length), mask: maskRow, sequence });
  });
}

interface RowInputs {
  readonly trainer: ArrayLike<number>;
  readonly rollout: ArrayLike<number>;
  readonly mask: ArrayLike<number>;
}

// The place of a difference that is not finite, or -1. It counts as 0.
function fillLogRatios(row: Float64Array, { trainer, rollout, mask }: RowInputs): number {
  let unusable = -1;
  for (let token = 0; token < row.length; token += 1) {
    const ratio = mask[token] === 0 ? 0 : (trainer[token] as number) - (rollout[token] as number);
    // x − x is 0 for finite numbers only.
    const isFinite = ratio - ratio === 0;
    if (!isFinite) unusable = token;
    row[token] = isFinite ? ratio : 0;
  }
  return unusable;
}

/** The clamp in force. */
export function logRatioLimit(caller: string, { logRatioClamp = 20 }: LogRatioOptions): number {
  if (logRatioClamp === null) return 88;
  if (logRatioClamp > 0) return Math.min(logRatioClamp, 88);
  throw new RangeError(`${caller}: logRatioClamp must be above 0 or null, given ${logRatioClamp}`);
}

/** Trained tokens of a row. */
export function countTokens(mask: ArrayLike<number>): number {
  let count = 0;
  for (let token = 0; token < mask.length; token += 1) if (mask[token] !== 0) count += 1;
  return count;
}

function notFinite(caller: string, sequence: number, token: number): RangeError {
  const where = `token ${token} of sequence ${sequence}`;
  return new RangeError(
    `${caller}: the log-probs of ${where} are not finite; mask the token, or set missing: 'no-correction'`,
  );
}
