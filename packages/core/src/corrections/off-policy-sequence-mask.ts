import { checkSameRows, mapRow, type TokenRows } from '../masking/token-rows.ts';
import { ShapeError } from '../shape-error.ts';
import { countTokens, mapLogRatios } from './log-ratios.ts';

/** Inputs of `offPolicySequenceMask`, rows of the same lengths. */
export interface OffPolicySequenceInputs {
  /** Under the policy now. */
  readonly logProbs: TokenRows;
  /** Under the policy that sampled: of the rollout engine where there are any, else before this update. */
  readonly oldLogProbs: TokenRows;
  /** One per sequence (`null` where there was no verdict: kept), or one per token. */
  readonly advantages: readonly (number | null)[] | TokenRows;
  /** 1 on trained tokens. */
  readonly mask: TokenRows;
}

/**
 * Off-policy sequence masking (OPSM): drops the negative examples that the policy has moved away from. A sequence with
 * `mean_t(log π_old − log π) > threshold` loses its tokens with a negative advantage: all of them where the advantage
 * is one per sequence.
 *
 * TRL and slime multiply the token losses with it and divide as before: `applyRejection(…, 'original')`.
 *
 * DeepSeek-V3.2, arXiv:2512.02556.
 *
 * @param threshold δ in nats per token, e.g. 0.5
 * @returns `mask`, 0 on dropped tokens
 * @throws ShapeError when rows differ
 * @throws RangeError for a threshold or advantage that is NaN, or a log-prob that is not finite
 * @example
 * ```ts
 * const sequences = { logProbs: [[-2], [-2]], oldLogProbs: [[-1], [-1]], mask: [[1], [1]] };
 * offPolicySequenceMask({ ...sequences, advantages: [1, -1] }, 0.5); // => [[1], [0]]
 * ```
 */
export function offPolicySequenceMask(inputs: OffPolicySequenceInputs, threshold: number): Float64Array[] {
  const { logProbs, oldLogProbs, advantages, mask } = inputs;
  if (Number.isNaN(threshold)) throw new RangeError('offPolicySequenceMask: threshold must be a number, given NaN');
  checkAdvantages(advantages, mask);
  const given = { trainerLogProbs: logProbs, rolloutLogProbs: oldLogProbs, mask };
  return mapLogRatios(given, { caller: 'offPolicySequenceMask' }, (row) => {
    let sum = 0;
    for (let token = 0; token < row.logRatios.length; token += 1) sum += row.logRatios[token] as number;
    const isFar = -sum / Math.max(countTokens(row.mask), 1) > threshold;
    const kept = new Float64Array(row.mask);
    return isFar ? dropNegative(kept, advantages[row.sequence] as number | null | ArrayLike<number>) : kept;
  });
}

function dropNegative(kept: Float64Array, advantage: number | null | ArrayLike<number>): Float64Array {
  if (advantage === null) return kept;
  if (typeof advantage === 'number') return advantage < 0 ? kept.fill(0) : kept;
  return mapRow(kept, (entry, token) => ((advantage[token] as number) < 0 ? 0 : entry));
}

function checkAdvantages(advantages: OffPolicySequenceInputs['advantages'], mask: TokenRows): void {
  if (advantages.length !== mask.length) {
    throw new ShapeError('offPolicySequenceMask', 'an advantage or row of them per sequence', {
      advantages: [advantages.length],
      mask: [mask.length],
    });
  }
  const isPerToken = advantages.some((advantage) => typeof advantage === 'object' && advantage !== null);
  if (isPerToken) checkSameRows('offPolicySequenceMask', { advantages: advantages as TokenRows, mask });
  else if (advantages.some((advantage) => Number.isNaN(advantage))) {
    throw new RangeError('offPolicySequenceMask: an advantage is NaN; one that could not be computed is null');
  }
}
