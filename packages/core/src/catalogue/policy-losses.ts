// Every policy loss by the name it has in the field: verl's `loss_mode`, ROLL's `pg_variant`, TRL's `loss_type`. A new
// one is a file and a line here.
export { cispoLoss as cispo } from '../losses/cispo-loss.ts';
export { clipCovLoss as clip_cov } from '../losses/covariance-losses.ts';
export { decoupledLoss as decoupled_ppo } from '../losses/decoupled-loss.ts';
export { binaryKlLoss as dppo_kl } from '../losses/divergence-masked-losses.ts';
export { totalVariationLoss as dppo_tv } from '../losses/divergence-masked-losses.ts';
export { directRewardLoss as dro } from '../losses/quadratic-penalty-losses.ts';
export { flowLoss as flowrl } from '../losses/sequence-regression-losses.ts';
export { gmpoLoss as gmpo } from '../losses/gmpo-loss.ts';
export { gspoLoss as gspo } from '../losses/gspo-loss.ts';
export { gspoTokenLoss as gspo_token } from '../losses/gspo-loss.ts';
export { gvpoLoss as gvpo } from '../losses/sequence-regression-losses.ts';
export { kimiLoss as kimi15 } from '../losses/quadratic-penalty-losses.ts';
export { klCovLoss as kl_cov } from '../losses/covariance-losses.ts';
export { luspoLoss as luspo } from '../losses/gspo-loss.ts';
export { clippedPolicyLoss as ppo_clip } from '../losses/clipped-policy-loss.ts';
export { penalizedRatioLoss as prime_rl } from '../losses/divergence-masked-losses.ts';
export { reinforceLoss as reinforce } from '../losses/reinforce-loss.ts';
export { sapoLoss as sapo } from '../losses/sapo-loss.ts';
export { selfPlayLoss as sppo } from '../losses/sequence-regression-losses.ts';
export { truncatedImportanceLoss as tis } from '../losses/truncated-importance-loss.ts';
export { taperedOffPolicyLoss as topr } from '../losses/truncated-importance-loss.ts';
export { vespoLoss as vespo } from '../losses/vespo-loss.ts';
