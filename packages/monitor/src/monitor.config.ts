import { z } from 'zod';

const action = z.enum(['warn', 'stop', 'off']).describe('what happens: a warning, the end of the run, or nothing');

const ruleConfig = z
  .strictObject({
    metric: z.string().min(1).describe('name of the metric, e.g. "train/response_length_mean"'),
    above: z.number().optional().describe('the rule is met while the metric is above this'),
    below: z.number().optional().describe('the rule is met while the metric is below this'),
    forSteps: z.int().positive().default(1).describe('steps in a row it must be met'),
    action: z.enum(['warn', 'stop']).default('warn').describe('what happens then: a warning, or the end of the run'),
  })
  .refine((rule) => rule.above !== undefined || rule.below !== undefined, 'a rule needs "above" or "below"');

function limitConfig(defaults: { above: number; forSteps: number; action: 'warn' | 'stop' | 'off' }, of: string) {
  return z.strictObject({
    above: z.number().min(0).default(defaults.above).describe(of),
    forSteps: z.int().positive().default(defaults.forSteps).describe('steps in a row'),
    action: action.default(defaults.action),
  });
}

/** When a run is warned about or stopped. */
export const healthConfig = z.strictObject({
  nonFinite: action.default('stop').describe('a loss or gradient norm that is not a number, or infinite'),
  kl: limitConfig(
    { above: 4, forSteps: 3, action: 'warn' },
    'largest kl/reference, in multiples of algorithm.kl.target_kl; needs a target',
  )
    .prefault({})
    .describe('the policy runs away from the reference'),
  mismatch: limitConfig({ above: 0.1, forSteps: 3, action: 'warn' }, 'largest mismatch/abs_mean, in nats per token')
    .prefault({})
    .describe('rollout engine and trainer disagree on log-probs'),
  uniformGroups: limitConfig({ above: 0.95, forSteps: 5, action: 'warn' }, 'largest train/uniform_group_fraction')
    .prefault({})
    .describe('groups whose rewards are all equal teach nothing'),
  unverifiable: limitConfig({ above: 0.25, forSteps: 3, action: 'warn' }, 'largest train/unverifiable_fraction')
    .prefault({})
    .describe('answers no reward could judge'),
  rules: z.array(ruleConfig).default([]).describe('further rules over any metric'),
});

/** The `monitor` group: what is reported, and when a run is stopped. */
export const monitorConfig = z.strictObject({
  console: z
    .enum(['auto', 'bars', 'lines', 'off'])
    .default('auto')
    .describe('auto = progress bars on a terminal, else one line per step'),
  tensorboard: z.boolean().default(true).describe('write event files to the run folder'),
  sampleGroups: z.int().min(0).default(4).describe('groups of samples kept to read, each time samples are kept'),
  samplesPerGroup: z.int().positive().default(4).describe('samples kept of each such group'),
  reportSteps: z.int().min(0).default(0).describe('renew the report every so many steps; 0 = at the end only'),
  health: healthConfig.prefault({}).describe('when to warn or stop'),
});

/** Options of the monitor, as validated. */
export type MonitorConfig = z.infer<typeof monitorConfig>;
/** Options of the health rules, as validated. */
export type HealthConfig = z.infer<typeof healthConfig>;
