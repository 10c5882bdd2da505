import type { HealthConfig } from '../monitor.config.ts';

/** A limit on a metric: plain data. */
export interface HealthRule {
  /** Name of the metric, or a pattern. */
  readonly metric: string | RegExp;
  /** Met while the metric is above this. */
  readonly above?: number;
  /** Met while the metric is below this. */
  readonly below?: number;
  /** Met while the metric is NaN or infinite. */
  readonly nonFinite?: true;
  /** Steps in a row it must be met. Default 1. */
  readonly forSteps?: number;
  readonly action: 'warn' | 'stop';
  /** What to do about it. */
  readonly fix: string;
}

/**
 * A rule over one metric.
 *
 * @example
 * ```ts
 * alertWhen('train/response_length_mean', { below: 2, forSteps: 3, action: 'stop' }).forSteps; // => 3
 * ```
 */
export function alertWhen(
  metric: string,
  limit: Pick<HealthRule, 'above' | 'below' | 'forSteps' | 'action'> & { readonly fix?: string },
): HealthRule {
  return { fix: `look at the curve of ${metric}`, ...limit, metric };
}

/**
 * The rules a configuration asks for: non-finite numbers, KL, trainer/rollout mismatch, uniform groups, unverifiable
 * answers, then the user's own.
 *
 * @param targetKl `algorithm.kl.target_kl`; without it there is no KL rule
 */
export function healthRules(config: HealthConfig, targetKl: number | null): HealthRule[] {
  const { nonFinite, kl, mismatch, uniformGroups, unverifiable, rules } = config;
  const built: readonly (Omit<HealthRule, 'action'> & { readonly action: 'warn' | 'stop' | 'off' })[] = [
    {
      metric: /(^|[/_])(loss|gradient_norm)$/,
      nonFinite: true,
      action: nonFinite,
      fix: 'lower the learning rate, or clip more (max_gradient_norm); then continue from the last checkpoint with --resume',
    },
    {
      ...kl,
      metric: 'kl/reference',
      above: kl.above * (targetKl ?? 0),
      action: targetKl === null ? 'off' : kl.action,
      fix: 'lower actor.optimizer.learning_rate, or raise algorithm.kl.coefficient',
    },
    {
      ...mismatch,
      metric: 'mismatch/abs_mean',
      fix: 'rollout and trainer compute different log-probs: check temperature, dtype and backend on both sides',
    },
    {
      ...uniformGroups,
      metric: 'train/uniform_group_fraction',
      fix: 'tasks are too easy or too hard: change data.difficulty or the curriculum, or raise rollout.temperature',
    },
    {
      ...unverifiable,
      metric: 'train/unverifiable_fraction',
      fix: 'read the reasons in samples.jsonl: a deadline may be too short, or a task lacks its reference answer',
    },
  ];
  const active = built.flatMap(({ action, ...rule }) => (action === 'off' ? [] : [{ ...rule, action }]));
  return [
    ...active,
    ...rules.map(({ metric, above, below, ...rest }) =>
      alertWhen(metric, { ...(above !== undefined && { above }), ...(below !== undefined && { below }), ...rest }),
    ),
  ];
}
