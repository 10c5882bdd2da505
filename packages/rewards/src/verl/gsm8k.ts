import type { RewardFunction } from '@rlloom/spec';
import { judged, quote, unverifiable } from '../answers/results.ts';

/** Options of the `verl_gsm8k` reward; names and defaults of verl's `gsm8k.compute_score`. */
export interface VerlGsm8kConfig {
  /** `strict` = the number after the last `#### `; `flexible` = the last number. */
  readonly method: 'strict' | 'flexible';
  /** Score of a number that is not the reference. */
  readonly formatScore: number;
  /** Score of the reference. */
  readonly score: number;
}

/** What `verlGsm8kReward` does when nothing is said. */
export const verlGsm8kDefaults: VerlGsm8kConfig = { method: 'strict', formatScore: 0, score: 1 };

/** verl looks at so many characters from the end. */
const searchedCharacters = 300;

/**
 * The `verl_gsm8k` reward: verl's scorer for GSM8K, which compares texts: `18.0` and `$18` are not `18`, and `1,000`
 * matches a reference written `1000`, with `strict` only. For the value of an answer there is `math_rule`.
 *
 * verl `verl/utils/reward_score/gsm8k.py`.
 */
export function verlGsm8kReward(options: Partial<VerlGsm8kConfig> = {}): RewardFunction {
  const config = { ...verlGsm8kDefaults, ...options };
  return ({ task, responseText }) => {
    const reference = task.groundTruth?.finalAnswer;
    if (reference === undefined) return unverifiable('the task has no ground_truth.final_answer');
    // Python counts characters, not UTF-16 units.
    const end = Array.from(responseText.slice(-2 * searchedCharacters))
      .slice(-searchedCharacters)
      .join('');
    const answer = config.method === 'strict' ? strictAnswer(end) : flexibleAnswer(end);
    if (answer === undefined) return judged(false, 0, ['no number was found']);
    const correct = answer === reference;
    return judged(correct, correct ? config.score : config.formatScore, [
      `${quote(answer)} against ${quote(reference)}`,
    ]);
  };
}

function strictAnswer(text: string): string | undefined {
  return [...text.matchAll(/#### (-?[\d.,]+)/g)].at(-1)?.[1]?.replaceAll(',', '');
}

function flexibleAnswer(text: string): string | undefined {
  const numbers = text.match(/-?[\d.,]+/g) ?? [];
  // When all of them are "." verl keeps the first.
  return numbers.findLast((number) => number !== '.') ?? numbers[0];
}
