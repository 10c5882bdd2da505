import type { RewardResult, Verdict } from '@rlloom/spec';
import type { RewardsConfig } from '../rewards.config.ts';
import type { PartAnswer } from '../worker/messages.ts';

/** What came of one part of one response. */
export interface PartOutcome {
  readonly name: string;
  readonly weight: number;
  readonly verifies: boolean;
  readonly outcome: PartAnswer;
}

/**
 * One result from the parts of a reward. The score is the weighted sum of the parts, and so are the scores of steps
 * where the parts agree on their number. The verdict is that of the verifying parts (all parts, if none is one):
 * correct if all of them say so. A part without a verdict makes the sample unverifiable; with `drop-part` it is left
 * out, as long as a verifying part remains.
 */
export function composeResult(
  parts: readonly PartOutcome[],
  onPartFailure: RewardsConfig['onPartFailure'],
): RewardResult {
  const values: Record<string, number | null> = {};
  const reasons: string[] = [];
  for (const { name, outcome } of parts) {
    if ('failure' in outcome) {
      values[name] = null;
      if (outcome.failure !== null) reasons.push(`${name}: ${outcome.failure}`);
      continue;
    }
    values[name] = outcome.score;
    for (const [inner, value] of Object.entries(outcome.parts)) values[`${name}.${inner}`] = value;
    reasons.push(...outcome.reasons.map((reason) => `${name}: ${reason}`));
  }
  const declared = parts.filter(({ verifies }) => verifies);
  const verifying = declared.length === 0 ? parts : declared;
  const usable = parts.filter(isScored);
  const deciding = verifying.filter(isScored);
  const failed = onPartFailure === 'drop-part' ? deciding.length === 0 : usable.length < parts.length;
  if (failed) return { verdict: 'unverifiable', score: null, parts: values, reasons };
  const verdict: Verdict = deciding.every(({ outcome }) => outcome.verdict === 'correct') ? 'correct' : 'incorrect';
  const score = usable.reduce((sum, { weight, outcome }) => sum + weight * outcome.score, 0);
  const stepScores = sumSteps(usable, reasons);
  return { verdict, score, parts: values, reasons, ...(stepScores !== undefined && { stepScores }) };
}

interface ScoredPart extends PartOutcome {
  readonly outcome: RewardResult & { readonly score: number };
}

function isScored(part: PartOutcome): part is ScoredPart {
  return !('failure' in part.outcome) && part.outcome.score !== null;
}

function sumSteps(parts: readonly ScoredPart[], reasons: string[]): (number | null)[] | undefined {
  const stepwise = parts.flatMap(({ weight, outcome: { stepScores } }) =>
    stepScores === undefined ? [] : [{ weight, stepScores }],
  );
  const [first] = stepwise;
  if (first === undefined) return undefined;
  if (stepwise.some(({ stepScores }) => stepScores.length !== first.stepScores.length)) {
    const counts = stepwise.map(({ stepScores }) => stepScores.length).join(', ');
    reasons.push(`scores of steps are left out: the parts have ${counts} of them`);
    return undefined;
  }
  return first.stepScores.map((_, step) =>
    stepwise.reduce<number | null>((sum, { weight, stepScores }) => {
      const score = stepScores[step] ?? null;
      return score === null ? sum : (sum ?? 0) + weight * score;
    }, null),
  );
}
