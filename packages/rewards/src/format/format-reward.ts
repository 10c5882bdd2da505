import type { RewardFunction, RewardRequest } from '@rlloom/spec';
import { lastBoxed } from '../answers/find-answer.ts';
import type { FormatConfig, FormatOptions } from './format.config.ts';
import {
  geo3kFormat,
  isJsonText,
  openR1Format,
  openR1TagCount,
  tagsInOrder,
  trlThinkFormat,
  verifiersXml,
} from './tag-layouts.ts';

/**
 * The `format` reward: how a response looks, whatever it says. The score is the weighted share of checks that pass, or
 * with `partial: false` 1 for all and 0 else; `correct` = all pass. Each check is a part of the result, from 0 to 1.
 * `failScore` and `passScore` move the scale, e.g. −1 to 0.
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
  const { partial = true, passScore = 1, failScore = 0 } = options;
  const checks = options.checks.map(compileCheck);
  const total = checks.reduce((sum, { weight }) => sum + weight, 0);
  return (request) => {
    const shares = checks.map(({ share }) => Number(share(request)));
    const share = checks.reduce((sum, { weight }, index) => sum + weight * (shares[index] ?? 0), 0) / total;
    const all = shares.every((one) => one === 1);
    return {
      verdict: all ? 'correct' : 'incorrect',
      score: all ? passScore : failScore + (partial ? share * (passScore - failScore) : 0),
      parts: Object.fromEntries(checks.map(({ name }, index) => [name, shares[index] ?? 0])),
      reasons: checks.map(({ name }, index) => `${name}: ${describeShare(shares[index] ?? 0)}`),
    };
  };
}

function describeShare(share: number): string {
  return share === 1 ? 'yes' : share === 0 ? 'no' : `${Math.round(100 * share)}%`;
}

/** Whether, or how far, a response has a form. */
type FormCheck = (request: RewardRequest) => boolean | number;

interface CompiledCheck {
  readonly name: string;
  readonly weight: number;
  readonly share: FormCheck;
}

function compileCheck(check: FormatOptions['checks'][number]): CompiledCheck {
  const { weight = 1 } = check;
  switch (check.check) {
    case 'pattern': {
      const pattern = new RegExp(check.pattern, check.flags ?? 'su');
      return { name: check.name, weight, share: ({ responseText }) => pattern.test(responseText) };
    }
    case 'tags':
      return { name: check.check, weight, share: ({ responseText }) => tagsInOrder(responseText, check.tags) };
    case 'verifiers_xml':
      return { name: check.check, weight, share: ({ responseText }) => verifiersXml(responseText, check.tags) };
    case 'delimiter':
      return { name: check.check, weight, share: ({ responseText }) => hasOnce(responseText, check.delimiter) };
    default:
      return { name: check.check, weight, share: namedChecks[check.check] };
  }
}

type NamedCheck = Exclude<FormatConfig['checks'][number]['check'], 'pattern' | 'tags' | 'verifiers_xml' | 'delimiter'>;

const namedChecks: Readonly<Record<NamedCheck, FormCheck>> = {
  think_tags: ({ responseText }) => hasThinkTags(responseText.trim()),
  boxed: ({ responseText }) => (lastBoxed(responseText) ?? '').trim() !== '',
  hash_answer: ({ responseText }) => {
    const first = responseText.indexOf('####');
    return (
      first !== -1 &&
      first === responseText.lastIndexOf('####') &&
      /^####[^\S\n]*[^\s#]/.test(responseText.slice(first))
    );
  },
  ended: ({ stopReason }) => stopReason === 'eos' || stopReason === 'stop',
  think_answer: ({ responseText }) => tagsInOrder(responseText, ['think', 'answer']),
  not_empty: ({ responseText }) => responseText.trim() !== '',
  json: ({ responseText }) => isJsonText(responseText),
  trl_think_format: ({ responseText }) => trlThinkFormat(responseText),
  open_r1_format: ({ responseText }) => openR1Format(responseText),
  open_r1_tag_count: ({ responseText }) => openR1TagCount(responseText),
  geo3k: ({ responseText }) => geo3kFormat(responseText),
};

function hasOnce(text: string, delimiter: string): boolean {
  const at = text.indexOf(delimiter);
  return at !== -1 && at === text.lastIndexOf(delimiter) && text.slice(at + delimiter.length).trim() !== '';
}

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
