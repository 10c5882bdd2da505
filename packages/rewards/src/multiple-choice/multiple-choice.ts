import type { RewardFunction } from '@rlloom/spec';
import { afterReasoning } from '../answers/find-answer.ts';
import { judged, quote, unverifiable } from '../answers/results.ts';
import { type Choices, letterOfText, readChoices } from './choices.ts';
import { type ChoiceSource, choiceText, lettersIn } from './find-letters.ts';

/** Options of the `multiple_choice` reward. */
export interface MultipleChoiceConfig {
  /** Where the choice is looked for; the first source that finds one counts. */
  readonly answerFrom: readonly ChoiceSource[];
  /** Only text after its last occurrence counts; `null` = all text. */
  readonly reasoningDelimiter: string | null;
  /** How many letters there are when the task does not list its choices. */
  readonly letterCount: number;
  /** Whether the text of a choice counts as its letter. */
  readonly matchText: boolean;
  /** Score of a response that says it does not know. */
  readonly abstainScore: number;
}

/** What `multipleChoiceReward` does when nothing is said. */
export const multipleChoiceDefaults: MultipleChoiceConfig = {
  answerFrom: ['boxed', 'answer_tag', 'phrase', 'alone', 'last'],
  reasoningDelimiter: null,
  letterCount: 10,
  matchText: true,
  abstainScore: 0,
};

/**
 * The `multiple_choice` reward: 1 when the response chooses the letter of `ground_truth.final_answer` (written as
 * `B`, `(B)`, `B. Paris`, or as the text of a choice), else 0. Letters are read in many spellings, see `ChoiceSource`;
 * a response may also name a choice by its text, if the task has `choices` or `options`. Several letters (`A, C`) are
 * a set and all of them must be chosen. Abstaining and choosing nothing are `incorrect`, with reasons of their own.
 */
export function multipleChoiceReward(options: Partial<MultipleChoiceConfig> = {}): RewardFunction {
  const config = { ...multipleChoiceDefaults, ...options };
  return ({ task, responseText }) => {
    const choices = readChoices(task);
    const letters = new Set(choices.size > 0 ? choices.keys() : alphabet.slice(0, config.letterCount));
    const written = task.groundTruth?.finalAnswer.trim() ?? '';
    if (written === '') return unverifiable('the task has no ground_truth.final_answer');
    const gold = readGold(written, choices, letters);
    if (gold.length === 0) return unverifiable(`the reference ${quote(written)} is none of the choices`);
    const text = afterReasoning(responseText, config.reasoningDelimiter);
    if (text === undefined) return judged(false, 0, [`no choice: "${config.reasoningDelimiter}" is missing`]);
    const chosen = findChoice(text, { config, choices, letters, several: gold.length > 1 });
    if (chosen === undefined) {
      return abstention.test(text.slice(-abstentionCharacters))
        ? judged(false, config.abstainScore, ['abstained'])
        : judged(false, 0, ['no choice was found']);
    }
    const correct = chosen.join() === gold.join();
    return judged(correct, Number(correct), [`chose ${chosen.join(', ')}, the reference is ${gold.join(', ')}`]);
  };
}

interface Search {
  readonly config: MultipleChoiceConfig;
  readonly choices: Choices;
  readonly letters: ReadonlySet<string>;
  readonly several: boolean;
}

function findChoice(text: string, { config, choices, letters, several }: Search): readonly string[] | undefined {
  for (const source of config.answerFrom) {
    const found = choiceText(text, source);
    if (found === undefined) continue;
    // The whole text of a choice says more than its first letter: "A small town" is not A.
    const letter = config.matchText ? letterOfText(found, choices) : undefined;
    const named = lettersIn(found, letters, several);
    if (letter !== undefined && (named.length === 0 || found.trim().length > 3)) return [letter];
    if (named.length > 0) return named;
  }
  const letter = config.matchText ? letterOfText(text, choices) : undefined;
  return letter === undefined ? undefined : [letter];
}

function readGold(written: string, choices: Choices, letters: ReadonlySet<string>): readonly string[] {
  const ofText = letterOfText(written, choices);
  if (ofText !== undefined) return [ofText];
  const isSet = /^[\s(]*[A-Z](?:[\s,;&()]*(?:and)?[\s,;&()]*[A-Z])+[\s).]*$/.test(written);
  return lettersIn(written, letters, isSet);
}

const alphabet = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** What a response says at its end counts. */
const abstentionCharacters = 500;

const abstention =
  /\b(?:(?:do not|don['’]t|cannot|can['’]t) (?:know|tell|determine|answer)|not sure|abstain|unanswerable|cannot be determined|none of the (?:above|options|choices))\b/i;
