import type { Element } from 'hast';
import { h } from 'hastscript';
import { compactNumber } from '../console/step-line.ts';
import type { SampleLine } from '../jsonl/sample-lines.ts';
import type { RunData } from './run-data.ts';
import { answeredTasks, type SampleMoment, sampleMoments } from './sample-choice.ts';

/** The same held-out tasks over the run, then training samples with their reward parts. */
export function samplesSection({ samples }: RunData): Element[] {
  const tasks = answeredTasks(sampleMoments(samples, 'evaluation'), 3);
  const training = sampleMoments(samples, 'train');
  return [
    ...(tasks.length === 0 ? [] : [h('h2', 'The same held-out tasks over the run')]),
    ...tasks.map(({ taskId, prompt, finalAnswer, answers }) =>
      h('div.card.task', [
        h('h3', finalAnswer === undefined ? taskId : `${taskId}: the answer is ${finalAnswer}`),
        h('pre', prompt),
        h(
          'div.answers',
          answers.map(({ label, sample }) => sampleBox(sample, label)),
        ),
      ]),
    ),
    ...(training.length === 0 ? [] : [h('h2', 'Training samples')]),
    ...training.flatMap(trainingMoment),
  ];
}

// The first task of each tag.
function trainingMoment({ label, stage, step, samples }: SampleMoment): Element[] {
  const tags = [...new Set(samples.map(({ tag }) => tag))];
  return tags.flatMap((tag) => {
    const first = samples.find((sample) => sample.tag === tag);
    if (first === undefined) return [];
    const own = samples.filter(({ task_id }) => task_id === first.task_id);
    return [
      h('div.card.task', [
        h('h3', `${label}: ${stage} step ${step}, task ${first.task_id}${tags.length > 1 ? ` (${tag})` : ''}`),
        h('pre', first.prompt),
        h(
          'div.answers',
          own.map((sample) => sampleBox(sample, `sample ${sample.sample_index}`)),
        ),
      ]),
    ];
  });
}

function sampleBox(sample: SampleLine, label: string): Element {
  const { verdict, reward, parts, reasons, response } = sample;
  const logProb = sample.log_probs === null ? '' : `, mean log-prob ${sample.log_probs.mean.toFixed(2)}`;
  return h('div.sample', [
    h('div.line', [
      h('span', label),
      h('span.badge', { className: [verdict] }, verdict),
      h('span', reward === null ? 'no reward' : `reward ${compactNumber(reward)}`),
    ]),
    h('pre', response === '' ? '(empty)' : response),
    h(
      'div.parts',
      Object.entries(parts).map(([name, value]) =>
        h('span.part', [`${name} `, h('b', value === null ? 'failed' : compactNumber(value))]),
      ),
    ),
    ...(reasons.length === 0
      ? []
      : [
          h(
            'ul.reasons',
            reasons.map((reason) => h('li', reason)),
          ),
        ]),
    h('div.line', `${sample.token_count} tokens, ended by ${sample.stop_reason}${logProb}`),
  ]);
}
