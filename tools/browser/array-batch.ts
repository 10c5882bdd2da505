import { groupRelativeAdvantages, klShapedRewards, perGroup } from '@rlloom/core/arrays';

/** A batch in typed arrays, as a trainer has it, through estimators that take typed rows. */
export function arrayBatch(): Record<string, unknown> {
  const rewards = Array.from({ length: 64 }, (_, index) => (index % 9 === 8 ? null : ((index * 7) % 13) / 13));
  const mask = rewards.map((_, row) => new Uint8Array(1 + (row % 5)).fill(1));
  const logProbs = mask.map((row) => Float32Array.from(row, (_one, token) => -1 / (token + 1)));
  const groups = rewards.map((_, index) => index % 8);
  return {
    advantages: perGroup(rewards, groups, (group) => groupRelativeAdvantages(group)),
    shaped: klShapedRewards({ tokenRewards: logProbs, oldLogProbs: logProbs, referenceLogProbs: mask, mask }, 0.1),
  };
}
