/** What a rejection rule measures per token, from `x = log π_trainer − log π_rollout`; see `rejectionMask`. */
export type RejectionStatistic = 'k1' | 'k2' | 'k3' | 'ratio' | 'probability-difference';

/** Over what a statistic is put together. */
export type RejectionScope = 'token' | 'segment-mean' | 'sequence-sum' | 'sequence-mean' | 'sequence-max';

/** One test that a token has to pass: plain data. */
export interface RejectionRule {
  readonly statistic: RejectionStatistic;
  readonly scope: RejectionScope;
  /** Least value that is kept; none without it. In nats for k1, k2, k3. */
  readonly lower?: number;
  /** Largest value that is kept; none without it. */
  readonly upper?: number;
}

/**
 * Rules from verl's spelling: names joined by commas, and a threshold for each or one for all.
 *
 * A k1 threshold is a band of ratios `lower_upper`, or one number `c` for `1/c_c`; it becomes bounds in nats,
 * `[log lower, log upper]`, on `k1 = −x`, so it bounds rollout over trainer. k2 and k3 take one upper bound.
 *
 * @param names of `token_k1`, `token_k2`, `token_k3`, `seq_sum_k*`, `seq_mean_k*`, `seq_max_k2`, `seq_max_k3`
 * @param thresholds such as `0.5_2.0` or `0.5_2.0,0.01`
 * @throws RangeError for an unknown name, or a threshold that is missing, not a positive number, or upside down
 * @example
 * ```ts
 * parseRejectionRules('token_k2', 0.1); // => [{ statistic: 'k2', scope: 'token', upper: 0.1 }]
 * ```
 */
export function parseRejectionRules(names: string, thresholds: string | number | null | undefined): RejectionRule[] {
  const known = [...new Set(split(names))];
  if (known.length === 0) throw new RangeError('parseRejectionRules: names must have at least one rule');
  if (thresholds === null || thresholds === undefined) {
    throw new RangeError(`parseRejectionRules: thresholds are missing; give one for each of ${known.join(', ')}`);
  }
  const given = split(String(thresholds));
  if (given.length !== 1 && given.length !== known.length) {
    throw new RangeError(`parseRejectionRules: expected 1 or ${known.length} thresholds, given ${given.length}`);
  }
  return known.map((name, place) => parseRule(name, given[given.length === 1 ? 0 : place] as string));
}

const scopes: Readonly<Record<string, RejectionScope>> = {
  token: 'token',
  seq_sum: 'sequence-sum',
  seq_mean: 'sequence-mean',
  seq_max: 'sequence-max',
};

function parseRule(name: string, threshold: string): RejectionRule {
  const at = name.lastIndexOf('_');
  const [scope, statistic] = [scopes[name.slice(0, Math.max(at, 0))], name.slice(at + 1)];
  const isStatistic = statistic === 'k1' || statistic === 'k2' || statistic === 'k3';
  if (scope === undefined || !isStatistic || name === 'seq_max_k1') {
    throw new RangeError(
      `parseRejectionRules: a rule is token, seq_sum or seq_mean with _k1, _k2 or _k3, or seq_max_k2, seq_max_k3; given ${name}`,
    );
  }
  if (statistic !== 'k1') return { statistic, scope, upper: positive(name, threshold) };
  const band = threshold.split('_').map((part) => positive(name, part));
  if (band.length > 2) throw new RangeError(`parseRejectionRules: ${name} takes lower_upper, given ${threshold}`);
  const upper = band.at(-1) as number;
  const lower = band.length === 2 ? (band[0] as number) : 1 / upper;
  if (lower > upper) {
    throw new RangeError(`parseRejectionRules: ${name} would keep nothing, its band is ${lower} to ${upper}`);
  }
  return { statistic, scope, lower: Math.log(lower), upper: Math.log(upper) };
}

function positive(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
  throw new RangeError(`parseRejectionRules: a threshold of ${name} must be a number above 0, given ${text}`);
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
