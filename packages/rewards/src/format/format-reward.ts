import type { RewardFunction, RewardRequest } from '@rlloom/spec';
import { extractAnswer } from '../math/extract-answer.ts';
import type { FormatConfig, FormatOptions } from './format.config.ts';

/**
 * The `format` reward: how a response looks, whatever it says. The score is the weighted share of checks that pass, or
 * with `partial: false` 1 for all and 0 else; `correct` = all pass. Each check is a part of the result.
 *
 * A pattern that takes too long is ended by the pool's deadline, not here.
 *
 * @example
 * ```ts
 * const reward = formatReward({ checks: [{ check: 'boxed' }, { check: 'pattern', name: 'steps', pattern: '\\n.*\\n' }] });
 * const task = { id: '1', tag: 'sum', messages: [] };
 * const result = await reward(
 *   { task, responseText: 'so \\boxed{4}', responseTokenCount: 5, stopReason: 'eos' },
 *   { signal: new AbortController().signal, deadline: Infinity },
 * );
 * result.score; // => 0.5
 * ```
 */
export function formatReward(options: FormatOptions): RewardFunction {
  const { partial = true } = options;
  const checks = options.checks.map(compileCheck);
  const total = checks.reduce((sum, { weight }) => sum + weight, 0);
  return (request) => {
    const passed = checks.map(({ passes }) => passes(request));
    const share = checks.reduce((sum, { weight }, index) => sum + (passed[index] ? weight : 0), 0) / total;
    const all = passed.every(Boolean);
    return {
      verdict: all ? 'correct' : 'incorrect',
      score: all ? 1 : partial ? share : 0,
      parts: Object.fromEntries(checks.map(({ name }, index) => [name, passed[index] ? 1 : 0])),
      reasons: checks.map(({ name }, index) => `${name}: ${passed[index] ? 'yes' : 'no'}`),
    };
  };
}

interface CompiledCheck {
  readonly name: string;
  readonly weight: number;
  readonly passes: (request: RewardRequest) => boolean;
}

function compileCheck(check: FormatOptions['checks'][number]): CompiledCheck {
  const { weight = 1 } = check;
  if (check.check !== 'pattern') return { name: check.check, weight, passes: namedChecks[check.check] };
  const pattern = new RegExp(check.pattern, check.flags ?? 'su');
  return { name: check.name, weight, passes: ({ responseText }) => pattern.test(responseText) };
}

type NamedCheck = Exclude<FormatConfig['checks'][number]['check'], 'pattern'>;

const namedChecks: Readonly<Record<NamedCheck, (request: RewardRequest) => boolean>> = {
  think_tags: ({ responseText }) => hasThinkTags(responseText.trim()),
  boxed: ({ responseText }) => {
    const box = extractAnswer(responseText, ['boxed']);
    return box !== undefined && box.written.trim() !== '';
  },
  hash_answer: ({ responseText }) => {
    const first = responseText.indexOf('####');
    return (
      first !== -1 &&
      first === responseText.lastIndexOf('####') &&
      /^####[^\S\n]*[^\s#]/.test(responseText.slice(first))
    );
  },
  ended: ({ stopReason }) => stopReason === 'eos' || stopReason === 'stop',
};

function hasThinkTags(text: string): boolean {
  const open = '<think>';
  const close = '</think>';
  const end = text.indexOf(close);
  return (
    text.startsWith(open) &&
    end !== -1 &&
    text.lastIndexOf(open) === 0 &&
    text.lastIndexOf(close) === end &&
    text.slice(end + close.length).trim() !== ''
  );
}
