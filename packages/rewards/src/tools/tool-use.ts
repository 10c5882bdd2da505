import type { RewardFunction } from '@rlloom/spec';
import { unverifiable } from '../answers/results.ts';
import { faultOfCall, toolSchemas } from './check-call.ts';
import { readEpisode } from './read-conversation.ts';

/** Options of the `tool_use` reward. */
export interface ToolUseConfig {
  /** Share of the score for calls that can be carried out: JSON, of a known tool, with arguments that fit its schema. */
  readonly validWeight: number;
  /** Share for calls that the tool answered without an error. */
  readonly successWeight: number;
  /** Share for ending with a text after the last answer of a tool. */
  readonly answerWeight: number;
  /** Whether an episode without any call scores 0; else it is right, as long as it ends with a text. */
  readonly callRequired: boolean;
  /** A tool's answer that matches it is an error; JSON with `error` or `isError` always is. */
  readonly errorPattern: string;
}

/** What `toolUseReward` does when nothing is said. */
export const toolUseDefaults: ToolUseConfig = {
  validWeight: 1,
  successWeight: 1,
  answerWeight: 1,
  callRequired: true,
  errorPattern: String.raw`^\s*(?:\w*error|\w*exception|traceback)\b`,
};

/**
 * The `tool_use` reward: how well an episode used its tools, as the weighted mean of three shares from 0 to 1: `valid`
 * calls, calls that `succeeded` (a call that cannot be carried out did not), and whether it `answered` in the end.
 * `correct` = all of them are 1. `stepScores` has one number per turn of the policy: the share of its calls that are
 * valid and succeeded, `null` for a turn without calls.
 *
 * Reads `conversation`, or a response text with `<tool_call>` and `<tool_response>`; the tools' schemas come from the
 * record's `tools`. A schema that is none makes the sample unverifiable.
 */
export function toolUseReward(options: Partial<ToolUseConfig> = {}): RewardFunction {
  const config = { ...toolUseDefaults, ...options };
  const error = new RegExp(config.errorPattern, 'iu');
  return (request) => {
    const { calls, turnCount, finalText } = readEpisode(request);
    const tools = toolSchemas(request.task);
    let faults: (string | undefined)[];
    try {
      faults = calls.map((call) => faultOfCall(call, tools));
    } catch (cause) {
      return unverifiable(
        `a schema of the task's tools cannot be read: ${cause instanceof Error ? cause.message : ''}`,
      );
    }
    const failures = calls.map(({ name, result }, index) => {
      if (faults[index] !== undefined) return faults[index];
      if (result === undefined) return `${name ?? 'a tool'} did not answer`;
      return isError(result, error) ? `${name ?? 'a tool'} answered with an error` : undefined;
    });
    const answered = Number(finalText.trim() !== '');
    const none = config.callRequired ? 0 : 1;
    const parts = {
      valid: shareOf(faults) ?? none,
      succeeded: shareOf(failures) ?? none,
      answered: calls.length === 0 && config.callRequired ? 0 : answered,
    };
    const { validWeight, successWeight, answerWeight } = config;
    const score =
      (parts.valid * validWeight + parts.succeeded * successWeight + parts.answered * answerWeight) /
      (validWeight + successWeight + answerWeight);
    const all = Object.values(parts).every((part) => part === 1);
    const reasons = [
      `${calls.length} calls in ${turnCount} turns${answered === 1 ? '' : ', no answer at the end'}`,
      ...failures.filter((failure) => failure !== undefined).slice(0, 10),
    ];
    const stepScores = Array.from({ length: turnCount }, (_, turn) =>
      shareOf(failures.filter((__, index) => calls[index]?.turn === turn)),
    );
    return { verdict: all ? 'correct' : 'incorrect', score: all ? 1 : score, parts, reasons, stepScores };
  };
}

/** The share without a problem; `null` of none. */
function shareOf(problems: readonly (string | undefined)[]): number | null {
  return problems.length === 0 ? null : problems.filter((problem) => problem === undefined).length / problems.length;
}

function isError(result: string, pattern: RegExp): boolean {
  if (pattern.test(result)) return true;
  if (!result.trimStart().startsWith('{')) return false;
  try {
    const { error, isError: flag } = JSON.parse(result) as { readonly error?: unknown; readonly isError?: unknown };
    return Boolean(error) || flag === true;
  } catch {
    return false;
  }
}
