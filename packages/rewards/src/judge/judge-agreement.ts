import type { RewardFunction, RewardResult } from '@rlloom/spec';
import type { JudgeAgreementConfig } from './judge-agreement.config.ts';
import { judgementLabel, type JudgementLabel } from './judgement-label.ts';
import { parseVerdict } from './parse-verdict.ts';
import type { VerdictField } from './verdict-form.ts';

/**
 * The `judge_agreement` reward: scores a judgement that the policy wrote against the label of a task made by `judgeTasks`, so that
 * a policy trained on it becomes a judge (a generative reward model). The judgement is read by the parser that reads
 * judges in use: what would not count there scores 0 here. Parts: `readable`, and the agreement of each field.
 *
 * @example
 * ```ts
 * const task = { id: '1', tag: 'math', messages: [{ role: 'user' as const, content: '2+2=' }], groundTruth: { finalAnswer: '4' } };
 * const [judging] = judgeTasks([{ task, response: '5', verdict: 'incorrect' }], { answerFormat: 'line' });
 * const reward = judgeAgreement({ match: 'distance', threshold: 0.5, formatScore: 0 });
 * const context = { signal: new AbortController().signal, deadline: Infinity };
 * const request = { task: judging!, responseText: judging!.groundTruth!.finalAnswer, responseTokenCount: 9, stopReason: 'eos' as const };
 * (await reward(request, context)).score; // => 1
 * ```
 */
export function judgeAgreement(config: JudgeAgreementConfig): RewardFunction {
  return ({ task, responseText }) => {
    const label = judgementLabel(task);
    if (label === undefined) {
      const reasons = ['the task has no label of a judgement (extra.judgement): make it with judgeTasks'];
      return { verdict: 'unverifiable', score: null, parts: {}, reasons };
    }
    const found = parseVerdict(responseText, label.form, label.judged);
    if ('problem' in found) {
      return { verdict: 'incorrect', score: 0, parts: { readable: 0 }, reasons: [found.problem] };
    }
    return agreementResult(found.values, label, config);
  };
}

function agreementResult(
  values: Readonly<Record<string, number | string>>,
  { form, label, weights }: JudgementLabel,
  { match, threshold, formatScore }: JudgeAgreementConfig,
): RewardResult {
  const fields = form.fields.map((field) => {
    const [own, right] = [place(values[field.name]!, field), place(label[field.name]!, field)];
    return { name: field.name, own, right, weight: weights[field.name] ?? 1 };
  });
  const mean = (of: (field: (typeof fields)[number]) => number): number =>
    fields.reduce((sum, field) => sum + field.weight * of(field), 0) /
    fields.reduce((sum, { weight }) => sum + weight, 0);
  const isExact = fields.every(({ own, right }) => own === right);
  const isSameSide = mean(({ own }) => own) >= threshold === mean(({ right }) => right) >= threshold;
  const closeness = {
    exact: isExact ? 1 : 0,
    distance: mean(({ own, right }) => 1 - Math.abs(own - right)),
    side: isSameSide ? 1 : 0,
  }[match];
  return {
    verdict: (match === 'side' ? isSameSide : isExact) ? 'correct' : 'incorrect',
    score: closeness === 1 ? 1 : formatScore + (1 - formatScore) * closeness,
    parts: {
      readable: 1,
      ...Object.fromEntries(fields.map(({ name, own, right }) => [name, 1 - Math.abs(own - right)])),
    },
    reasons: form.fields.map(({ name }) => `${name}: ${values[name]}, the label is ${label[name]}`),
  };
}

// From 0 to 1 on the field's scale; choices are spread over it in their order, which puts a tie half way.
function place(value: number | string, field: VerdictField): number {
  if (field.kind === 'number') return (Number(value) - field.min) / (field.max - field.min);
  const order = field.values.includes('tie') ? ['A', 'tie', 'B'] : field.values;
  return order.indexOf(String(value)) / Math.max(1, order.length - 1);
}
