import type { RewardFunction } from '@rlloom/spec';
import { goldAnswers } from '../answers/gold-answers.ts';
import { judged, unverifiable } from '../answers/results.ts';
import { ngrams } from './overlap.ts';
import { jaccard } from './similarity.ts';

/** Options of the `code_jaccard` reward. */
export interface CodeJaccardConfig {
  /** `code` = names, numbers, strings and operators; `words` = between spaces, lower case (NeMo-RL). */
  readonly tokens: 'code' | 'words';
  /** Tokens that make one member of the sets. */
  readonly ngramSize: number;
  /** Multiply by the shorter length over the longer, in characters (NeMo-RL). */
  readonly lengthRatio: boolean;
  /** Compare the last fenced block of the response, if it has one, rather than the whole. */
  readonly codeBlock: boolean;
  /** Score from which a response is `correct`. */
  readonly threshold: number;
}

/** What `codeJaccardReward` does when nothing is said. */
export const codeJaccardDefaults: CodeJaccardConfig = {
  tokens: 'code',
  ngramSize: 1,
  lengthRatio: false,
  codeBlock: true,
  threshold: 1,
};

/**
 * The `code_jaccard` reward: tokens (or runs of them) that the response shares with the reference, by all tokens of
 * both, as sets; from 0 to 1. It says how alike programs look, not what they do.
 *
 * `{ tokens: 'words', lengthRatio: true, codeBlock: false }` is NeMo-RL's `code_jaccard` environment.
 */
export function codeJaccardReward(options: Partial<CodeJaccardConfig> = {}): RewardFunction {
  const config = { ...codeJaccardDefaults, ...options };
  const members = (text: string): string[] => {
    const found = config.tokens === 'code' ? codeTokens(text) : (text.toLowerCase().match(/\S+/g) ?? []);
    return config.ngramSize === 1 ? found : ngrams(found, Math.min(config.ngramSize, Math.max(1, found.length)));
  };
  return ({ task, responseText }) => {
    const references = goldAnswers(task).filter((reference) => reference.trim() !== '');
    if (references.length === 0) return unverifiable('the task has no ground_truth.final_answer');
    const code = (config.codeBlock ? lastBlock(responseText) : responseText).trim();
    const scores = references.map((written) => {
      const reference = written.trim();
      if (reference.toLowerCase() === code.toLowerCase() && config.tokens === 'words') return 1;
      const ratio = Math.min(code.length, reference.length) / Math.max(code.length, reference.length);
      return jaccard(members(code), members(reference)) * (config.lengthRatio ? ratio : 1);
    });
    const score = Math.max(...scores);
    return judged(score >= config.threshold, score, [`code_jaccard ${score.toFixed(3)}`]);
  };
}

/** The last fenced block, or all text without one; a block that is not closed goes to the end. */
function lastBlock(text: string): string {
  const parts = text.split(/^[^\S\n]*```[^\n`]*$/m);
  if (parts.length === 1) return text;
  return parts.at(parts.length % 2 === 0 ? -1 : -2) ?? text;
}

function codeTokens(text: string): string[] {
  return text.match(/"[^"\n]*"|'[^'\n]*'|[\p{L}_$][\p{L}\p{N}_$]*|\p{N}+(?:\.\p{N}+)?|[-+*/%=<>!&|^~]+|[^\s]/gu) ?? [];
}
