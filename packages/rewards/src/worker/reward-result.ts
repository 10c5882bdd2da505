import type { RewardResult, Verdict } from '@rlloom/spec';

const verdicts: readonly unknown[] = ['correct', 'incorrect', 'unverifiable'] satisfies Verdict[];
const mostReasons = 50;
const longestReason = 2000;

/**
 * The result an own reward meant, as fresh plain data that can cross threads. A number of at least 1 is `correct`, a
 * smaller one `incorrect`, `null` is `unverifiable`.
 *
 * @throws Error saying what is wrong with the shape
 */
export function toRewardResult(value: unknown): RewardResult {
  if (value === null) return { verdict: 'unverifiable', score: null, parts: {}, reasons: [] };
  if (typeof value === 'number') {
    const score = finite(value, 'the score');
    return { verdict: score >= 1 ? 'correct' : 'incorrect', score, parts: {}, reasons: [] };
  }
  if (typeof value !== 'object') {
    throw new Error(`the reward returned ${describe(value)}; it must return a number, null, or { verdict, score }`);
  }
  const { verdict, score, parts, reasons, stepScores } = value as Readonly<Record<string, unknown>>;
  if (!isVerdict(verdict)) {
    throw new Error(`the verdict is ${describe(verdict)}; it must be "correct", "incorrect" or "unverifiable"`);
  }
  if ((verdict === 'unverifiable') !== (score === null)) {
    throw new Error(
      `the verdict is "${verdict}" but the score is ${describe(score)}; null goes with "unverifiable" only`,
    );
  }
  return {
    verdict,
    score: score === null ? null : finite(score, 'the score'),
    parts: plainParts(parts),
    reasons: plainReasons(reasons),
    ...(stepScores !== undefined && { stepScores: plainSteps(stepScores) }),
  };
}

function isVerdict(value: unknown): value is Verdict {
  return verdicts.includes(value);
}

function plainParts(parts: unknown): Record<string, number | null> {
  if (parts === undefined) return {};
  if (typeof parts !== 'object' || parts === null || Array.isArray(parts)) {
    throw new Error(`parts is ${describe(parts)}; it must be an object of numbers by name`);
  }
  const entries = Object.entries(parts).map(([name, value]: [string, unknown]): [string, number | null] => [
    name,
    value === null ? null : finite(value, `parts.${name}`),
  ]);
  return Object.fromEntries(entries);
}

function plainReasons(reasons: unknown): string[] {
  if (reasons === undefined) return [];
  if (!Array.isArray(reasons)) throw new Error(`reasons is ${describe(reasons)}; it must be a list of texts`);
  return reasons.slice(0, mostReasons).map((reason: unknown) => {
    if (typeof reason !== 'string') throw new Error(`a reason is ${describe(reason)}; it must be text`);
    return reason.slice(0, longestReason);
  });
}

function plainSteps(steps: unknown): (number | null)[] {
  if (!Array.isArray(steps)) throw new Error(`stepScores is ${describe(steps)}; it must be a list of numbers`);
  return steps.map((step: unknown, index) => (step === null ? null : finite(step, `stepScores[${index}]`)));
}

function finite(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new Error(`${what} is ${describe(value)}; it must be a finite number`);
  }
  return value;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) {
    return String(value);
  }
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
