// Corrections for samples of another policy than the one that is trained, by name.
export { offPolicyMetrics as off_policy_metrics } from '../corrections/off-policy-metrics.ts';
export { interpolatedProximalLogProbs as proximal_loglinear } from '../corrections/interpolated-proximal-log-probs.ts';
export { importanceWeights as rollout_importance } from '../corrections/importance-weights.ts';
