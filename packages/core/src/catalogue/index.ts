import type * as estimators from './advantage-estimators.ts';
import type * as losses from './policy-losses.ts';

export * as advantageEstimators from './advantage-estimators.ts';
export * as corrections from './corrections.ts';
export * as criticAndSupervisedLosses from './critic-and-supervised-losses.ts';
export * as klTerms from './kl-terms.ts';
export * as policyLosses from './policy-losses.ts';
export * as preferenceLosses from '../preference/preference-losses.ts';
export * as rewardShaping from './reward-shaping.ts';
export * as tokenMasks from './token-masks.ts';

/** The name of an advantage estimator: a key of `advantageEstimators`. */
export type AdvantageEstimatorName = keyof typeof estimators;

/** The name of a policy loss: a key of `policyLosses`. */
export type PolicyLossName = keyof typeof losses;
