// The forms of a KL penalty, by name.
export { klFromLogits as full } from '../kl/kl-from-logits.ts';
export { klShapedRewards as in_reward } from '../kl/kl-shaped-rewards.ts';
export { klEstimate as per_token } from '../kl/kl-estimate.ts';
export { unbiasedKlEstimate as unbiased } from '../kl/unbiased-kl-estimate.ts';
