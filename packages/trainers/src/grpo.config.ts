import { z } from 'zod';

/** KL to the reference policy. */
export const klConfig = z.strictObject({
  placement: z.enum(['none', 'loss', 'reward']).default('none').describe('where the KL enters; never in both'),
  estimator: z.enum(['k1', 'abs', 'k2', 'k3']).default('k3').describe('per-token estimator (Schulman)'),
  coefficient: z.number().min(0).default(0.001).describe('weight of the KL'),
  controller: z
    .enum(['fixed', 'adaptive'])
    .default('fixed')
    .describe('adaptive moves the coefficient towards target_kl'),
  targetKl: z.number().positive().nullable().default(null).describe('KL per token the adaptive controller aims at'),
  horizon: z.number().positive().default(1000).describe('sequences over which the adaptive controller acts'),
});

/** What is done about samples of other weights than those that are trained. */
export const rolloutCorrectionConfig = z.strictObject({
  mode: z
    .enum(['auto', 'none', 'decoupled', 'bypass'])
    .default('auto')
    .describe(
      'decoupled weighs tokens against the policy that sampled; bypass clips against it; auto = decoupled where rollouts run ahead, else none',
    ),
  level: z
    .enum(['token', 'sequence', 'geometric', 'segment'])
    .default('token')
    .describe('over what a weight of decoupled is taken'),
  lower: z.number().min(0).nullable().default(null).describe('least weight of decoupled; null = none'),
  upper: z.number().positive().nullable().default(2).describe('largest weight of decoupled; null = none'),
  outside: z
    .enum(['clamp', 'zero'])
    .default('clamp')
    .describe('weights beyond the bounds: the bound (TIS), or 0, which drops the token (IcePop, AReaL)'),
});

/** The `algorithm` group of a GRPO run. */
export const grpoConfig = z.strictObject({
  normalizeByStd: z.boolean().default(true).describe('divide by the group standard deviation; false = Dr.GRPO'),
  advantageEpsilon: z.number().min(0).default(1e-6).describe('added to the standard deviation'),
  dropUniformGroups: z.boolean().default(false).describe('leave groups whose rewards are all equal out of the update'),
  multiObjectiveAggregation: z
    .enum(['sum_then_normalize', 'normalize_then_sum'])
    .default('sum_then_normalize')
    .describe('several rewards: compare the weighted sums, or make each comparable in its group first (GDPO)'),
  clipRatioLow: z.number().min(0).default(0.2).describe('ratios below 1 − this are clipped'),
  clipRatioHigh: z.number().min(0).default(0.2).describe('ratios above 1 + this are clipped'),
  clipRatioC: z
    .number()
    .gt(1)
    .nullable()
    .default(null)
    .describe('dual-clip bound for negative advantages; null = none'),
  ratioLevel: z
    .enum(['token', 'sequence'])
    .default('token')
    .describe('importance ratio per token, or per sequence (GSPO)'),
  aggregation: z
    .enum([
      'token-mean',
      'token-sum',
      'sequence-mean-token-sum',
      'sequence-mean-token-sum-norm',
      'sequence-mean-token-mean',
    ])
    .default('token-mean')
    .describe('how per-token losses become one number'),
  aggregationScale: z.number().positive().nullable().default(null).describe('divisor of sequence-mean-token-sum-norm'),
  entropyCoefficient: z.number().default(0).describe('weight of the entropy bonus'),
  kl: klConfig.prefault({}).describe('KL to the reference'),
  rolloutCorrection: rolloutCorrectionConfig.prefault({}).describe('samples of other weights than the present'),
  referenceRefreshSteps: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('take the present weights as reference every so many steps'),
});

/** Options of GRPO, as validated. */
export type GrpoConfig = z.infer<typeof grpoConfig>;
