import type { RewardFunction } from '@rlloom/spec';
import { judged, quote, unverifiable } from '../answers/results.ts';
import { normalizeMinerva } from './normalize-minerva.ts';

/** Options of the `verl_math_dapo` reward. */
export interface VerlMathDapoConfig {
  /** Compare the last `\boxed{}` of the last 100 characters as it is, instead of the line after "Answer:". */
  readonly strictBoxVerify: boolean;
}

/** What `verlMathDapoReward` does when nothing is said. */
export const verlMathDapoDefaults: VerlMathDapoConfig = { strictBoxVerify: false };

/**
 * The `verl_math_dapo` reward: verl's scorer for DAPO's data, 1 or −1. It compares texts after Minerva's
 * normalisation: what stands after the last "Answer:" of the last 300 characters, with the reference. `1/2` is not
 * `0.5`; for values there is `math_rule`.
 *
 * verl `verl/utils/reward_score/math_dapo.py`; arXiv:2503.14476.
 */
export function verlMathDapoReward(options: Partial<VerlMathDapoConfig> = {}): RewardFunction {
  const { strictBoxVerify } = { ...verlMathDapoDefaults, ...options };
  return ({ task, responseText }) => {
    const reference = task.groundTruth?.finalAnswer;
    if (reference === undefined) return unverifiable('the task has no ground_truth.final_answer');
    const end = Array.from(responseText.slice(-600)).slice(-300);
    const [answer, gold] = strictBoxVerify
      ? [lastBox(end.slice(-100).join('')), reference]
      : [minervaAnswer(end.join('')), normalizeMinerva(reference)];
    const correct = answer === gold;
    return judged(correct, correct ? 1 : -1, [
      answer === undefined ? 'no answer was found' : `${quote(answer)} against ${quote(gold)}`,
    ]);
  };
}

function minervaAnswer(text: string): string {
  const last = [...text.matchAll(/Answer\s*:\s*([^\n]+)/gi)].at(-1);
  return normalizeMinerva(last?.[1] ?? '[INVALID]');
}

/** Of the last `\boxed{` only, closed or not: an earlier one does not count. */
function lastBox(text: string): string | undefined {
  const command = '\\boxed{';
  const found = text.lastIndexOf(command);
  if (found === -1) return undefined;
  const start = found + command.length;
  let depth = 1;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return text.slice(start, at);
  }
  return undefined;
}
