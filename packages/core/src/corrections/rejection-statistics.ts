import { putTogether } from './levels.ts';
import { countTokens, type LogRatioRow, largestExponent, type MismatchInputs } from './log-ratios.ts';
import type { RejectionRule } from './rejection-rules.ts';

/** The statistic of a rule at each place of a row, in its spare buffer; a sequence scope has one value everywhere. */
export function statisticRow(rule: RejectionRule, row: LogRatioRow, inputs: MismatchInputs): Float64Array {
  const values = tokenStatistic(rule, row, inputs);
  overScope(rule, values, row.mask);
  if (rule.statistic !== 'ratio') return values;
  // Ratios are put together as logarithms: products and geometric means.
  if (isOverSequence(rule)) return values.fill(boundedExp(values[0] ?? 0));
  for (let token = 0; token < values.length; token += 1) values[token] = boundedExp(values[token] as number);
  return values;
}

/** Whether a rule has one value per sequence. */
export function isOverSequence({ scope }: RejectionRule): boolean {
  return scope.startsWith('sequence');
}

/** Bounds a row of log ratios in place. */
export function clampRow(row: Float64Array, limit: number): void {
  for (let token = 0; token < row.length; token += 1) {
    const ratio = row[token] as number;
    if (ratio > limit) row[token] = limit;
    else if (ratio < -limit) row[token] = -limit;
  }
}

/** The bounds of a rule, infinite where it has none. */
export function ruleBounds(rule: RejectionRule): { readonly lower: number; readonly upper: number } {
  return { lower: rule.lower ?? Number.NEGATIVE_INFINITY, upper: rule.upper ?? Number.POSITIVE_INFINITY };
}

/** Checks that a rule keeps something. */
export function checkRules(caller: string, rules: readonly RejectionRule[]): void {
  for (const rule of rules) {
    const { lower, upper } = ruleBounds(rule);
    if (lower <= upper) continue;
    throw new RangeError(
      `${caller}: ${rule.statistic} over ${rule.scope} would keep nothing, its band is ${lower} to ${upper}`,
    );
  }
}

// Masked places have a log ratio of 0, and so a statistic of 0.
function tokenStatistic({ statistic }: RejectionRule, row: LogRatioRow, inputs: MismatchInputs): Float64Array {
  const { logRatios, spare: values } = row;
  switch (statistic) {
    case 'k1':
      for (let token = 0; token < values.length; token += 1) values[token] = 0 - (logRatios[token] as number);
      return values;
    case 'k2':
      for (let token = 0; token < values.length; token += 1) {
        const ratio = logRatios[token] as number;
        values[token] = 0.5 * ratio * ratio;
      }
      return values;
    case 'k3':
      for (let token = 0; token < values.length; token += 1) {
        const ratio = logRatios[token] as number;
        values[token] = Math.max(Math.exp(ratio) - 1 - ratio, 0);
      }
      return values;
    case 'ratio':
      values.set(logRatios);
      return values;
    case 'probability-difference':
      return probabilityDifferences(values, row, inputs);
    default:
      throw new RangeError(
        `a rejection statistic is k1, k2, k3, ratio or probability-difference, given ${String(statistic)}`,
      );
  }
}

function probabilityDifferences(values: Float64Array, { mask, sequence }: LogRatioRow, inputs: MismatchInputs) {
  const trainer = inputs.trainerLogProbs[sequence] as ArrayLike<number>;
  const rollout = inputs.rolloutLogProbs[sequence] as ArrayLike<number>;
  for (let token = 0; token < values.length; token += 1) {
    const difference = Math.exp(trainer[token] as number) - Math.exp(rollout[token] as number);
    // A missing log-prob that counts as no correction makes no difference either.
    values[token] = mask[token] !== 0 && Number.isFinite(difference) ? difference : 0;
  }
  return values;
}

function overScope({ scope }: RejectionRule, values: Float64Array, mask: ArrayLike<number>): void {
  switch (scope) {
    case 'token':
      return;
    case 'segment-mean':
      putTogether('segment', values, mask);
      return;
    case 'sequence-sum':
      putTogether('sequence', values, mask);
      return;
    case 'sequence-mean':
      putTogether('geometric', values, mask);
      return;
    case 'sequence-max':
      values.fill(maximum(values, mask));
      return;
    default:
      throw new RangeError(`a rejection scope is token or one over segment or sequence, given ${String(scope)}`);
  }
}

function maximum(values: Float64Array, mask: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let token = 0; token < values.length; token += 1) {
    if (mask[token] !== 0 && (values[token] as number) > most) most = values[token] as number;
  }
  return countTokens(mask) === 0 ? 0 : most;
}

function boundedExp(exponent: number): number {
  return Math.exp(Math.min(exponent, largestExponent));
}
