import type { Metrics } from '@rlloom/spec';
import type { HealthRule } from './health-rule.ts';

/** A rule that has been met for long enough. */
export interface HealthAlert {
  readonly action: 'warn' | 'stop';
  /** One sentence with metric, value, limit and duration. */
  readonly what: string;
  readonly fix: string;
}

/** Follows metrics step by step. */
export interface HealthWatch {
  /** The alerts of this step; a warning comes once, and again only after its metric had recovered. */
  observe(metrics: Metrics): HealthAlert[];
  /** Forgets the steps seen so far. */
  reset(): void;
}

/** Watches metrics against rules. */
export function createHealthWatch(rules: readonly HealthRule[]): HealthWatch {
  const streaks = new Map<string, number>();
  return {
    reset: () => streaks.clear(),
    observe(metrics) {
      return rules.flatMap((rule, index) =>
        matching(rule, metrics).flatMap(([name, value]) => {
          const key = `${index} ${name}`;
          const streak = isMet(rule, value) ? (streaks.get(key) ?? 0) + 1 : 0;
          streaks.set(key, streak);
          return streak === (rule.forSteps ?? 1) ? [alert(rule, name, value)] : [];
        }),
      );
    },
  };
}

function matching({ metric }: HealthRule, metrics: Metrics): [string, number][] {
  return Object.entries(metrics).filter(([name]) => (typeof metric === 'string' ? name === metric : metric.test(name)));
}

function isMet(rule: HealthRule, value: number): boolean {
  if (rule.nonFinite === true) return !Number.isFinite(value);
  return value > (rule.above ?? Number.POSITIVE_INFINITY) || value < (rule.below ?? Number.NEGATIVE_INFINITY);
}

function alert(rule: HealthRule, name: string, value: number): HealthAlert {
  const steps = rule.forSteps ?? 1;
  const duration = steps === 1 ? '' : ` for ${steps} steps in a row`;
  const limit =
    rule.nonFinite === true
      ? ''
      : value > (rule.above ?? Number.POSITIVE_INFINITY)
        ? `, above ${short(rule.above)}`
        : `, below ${short(rule.below)}`;
  return { action: rule.action, what: `${name} is ${short(value)}${limit}${duration}`, fix: rule.fix };
}

function short(value: number | undefined): string {
  return String(Number(value?.toPrecision(4)));
}
