import { checkSameRows, type TokenRows } from '../masking/token-rows.ts';
import { countTokens } from './log-ratios.ts';

/** Inputs of `applyRejection`, rows of the same lengths. */
export interface ApplyRejectionInputs {
  /** 1 on trained tokens, before rejection. */
  readonly mask: TokenRows;
  /** The mask after rejection: of `rejectionMask`, `offPolicySequenceMask`, `secondMomentMask`, or their product. */
  readonly keptMask: TokenRows;
  /** Weights of the token losses. Default 1. */
  readonly importanceWeights?: TokenRows;
}

/** What a policy loss takes after rejection. */
export interface AppliedRejection {
  readonly mask: Float64Array[];
  readonly importanceWeights: Float64Array[];
  /** Tokens to divide by. */
  readonly tokenCount: number;
  /** Sequences with a token to divide by. */
  readonly sequenceCount: number;
}

/**
 * Takes rejected tokens out of a loss, and says what the loss then divides by:
 *
 * - `kept`: they leave the mask, so means are over the tokens that are left and their size does not shrink.
 * - `original`: they stay in the mask with weight 0, so every mean (also a sequence's own) divides by what it did
 *   before, and a batch that loses half its tokens has half the gradient.
 *
 * verl's padded trainer is `kept`, its bypass mode `original` for the counts of the whole batch; AReaL's `mask` action
 * is `original`; a filter that multiplies the loss (OPSM in TRL and slime, IcePop) is `original`.
 *
 * @throws ShapeError when rows differ
 * @throws RangeError for an unknown denominator
 * @example
 * ```ts
 * applyRejection({ mask: [[1, 1]], keptMask: [[1, 0]] }, 'kept').tokenCount; // => 1
 * applyRejection({ mask: [[1, 1]], keptMask: [[1, 0]] }, 'original').importanceWeights; // => [[1, 0]]
 * ```
 */
export function applyRejection(inputs: ApplyRejectionInputs, denominator: 'kept' | 'original'): AppliedRejection {
  const { mask, keptMask, importanceWeights } = inputs;
  checkSameRows('applyRejection', { mask, keptMask, ...(importanceWeights && { importanceWeights }) });
  if (denominator !== 'kept' && denominator !== 'original') {
    throw new RangeError(`applyRejection: the denominator is kept or original, given ${String(denominator)}`);
  }
  const weights = mask.map((row, sequence) =>
    weightRow(row, keptMask[sequence] as ArrayLike<number>, importanceWeights?.[sequence]),
  );
  const used = (denominator === 'kept' ? keptMask : mask).map((row, sequence) =>
    bothMasks(row, mask[sequence] as ArrayLike<number>),
  );
  const counts = used.map(countTokens);
  return {
    mask: used,
    importanceWeights: weights,
    tokenCount: counts.reduce((sum, count) => sum + count, 0),
    sequenceCount: counts.filter((count) => count > 0).length,
  };
}

function weightRow(mask: ArrayLike<number>, kept: ArrayLike<number>, weights?: ArrayLike<number>): Float64Array {
  const row = new Float64Array(mask.length);
  for (let token = 0; token < row.length; token += 1) {
    const isKept = mask[token] !== 0 && kept[token] !== 0;
    row[token] = !isKept ? 0 : weights === undefined ? 1 : (weights[token] as number);
  }
  return row;
}

function bothMasks(kept: ArrayLike<number>, mask: ArrayLike<number>): Float64Array {
  const row = new Float64Array(mask.length);
  for (let token = 0; token < row.length; token += 1) row[token] = kept[token] === 0 ? 0 : (mask[token] as number);
  return row;
}
