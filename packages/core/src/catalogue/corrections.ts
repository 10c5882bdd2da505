// Corrections for samples of another policy than the one that is trained, by name.
export { secondMomentMask as m2po } from '../corrections/second-moment-mask.ts';
export { offPolicyMetrics as off_policy_metrics } from '../corrections/off-policy-metrics.ts';
export { offPolicySequenceMask as opsm } from '../corrections/off-policy-sequence-mask.ts';
export { interpolatedProximalLogProbs as proximal_loglinear } from '../corrections/interpolated-proximal-log-probs.ts';
export { rejectionMask as rejection } from '../corrections/rejection-mask.ts';
export { importanceWeights as rollout_importance } from '../corrections/importance-weights.ts';
