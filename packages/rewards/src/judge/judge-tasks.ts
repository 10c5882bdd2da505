import { RlloomError, type Task } from '@rlloom/spec';
import type { Criteria } from './criteria.config.ts';
import { checkPrompt, shownResponse } from './judge-prompt.ts';
import type { JudgementLabel } from './judgement-label.ts';
import { modelEvalConfig, type ModelEvalOptions } from './model-eval.config.ts';
import { pointwiseQuestion } from './model-eval.ts';
import { pairQuestion } from './pairwise-judge.ts';
import { pairwiseConfig, type PairwiseOptions } from './pairwise.config.ts';
import { type VerdictForm, verdictLine } from './verdict-form.ts';

/** A response to a task and what is right to say about it. */
export type JudgeRecord = {
  /** Unique among the records. Default: the position. */
  readonly id?: string;
  readonly task: Task;
} & (
  | {
      readonly response: string;
      /** Every criterion at its best, or at its worst. */
      readonly verdict: 'correct' | 'incorrect';
    }
  | {
      readonly response: string;
      /** By criterion, on its scale. */
      readonly scores: Readonly<Record<string, number>>;
    }
  | {
      readonly responses: readonly [string, string];
      /** Which of them is the better one. */
      readonly preference: 'A' | 'B' | 'tie';
    }
);

/** Options of `judgeTasks`. */
export interface JudgeTasksOptions {
  /** Of the tasks that come out; rewards are routed by it. Default `judge` */
  readonly tag?: string;
  /** How the trained model will be asked: as a line (what an engine is asked for) or as JSON. Default `line` */
  readonly answerFormat?: 'line' | 'json';
  /** Options of the `model_eval` reward that the trained model will judge for. */
  readonly modelEval?: Omit<ModelEvalOptions, 'judges'>;
  /** Options of the `pairwise_judge` reward that the trained model will judge for. */
  readonly pairwise?: Omit<PairwiseOptions, 'judges'>;
  /** Makes two tasks of a pair, one for each order. Default true */
  readonly bothOrders?: boolean;
}

/**
 * Tasks that train a judge. The messages are the very prompt that `model_eval` or `pairwise_judge` asks with under the same options;
 * `groundTruth.finalAnswer` is the right judgement as the judge should write it, ready as a demonstration, and
 * `extra.judgement` the label that the `judge_agreement` reward compares with. Written with `toRecord` of `@rlloom/data` they read back the same.
 *
 * @throws RlloomError `data` for scores of other criteria or out of their scale, `config` for a prompt without the places it needs
 * @example
 * ```ts
 * const task = { id: '1', tag: 'math', messages: [{ role: 'user' as const, content: '2+2=' }] };
 * const tasks = judgeTasks([{ task, responses: ['4', '5'], preference: 'A' }], { pairwise: { verdictCode: false } });
 * tasks.map(({ groundTruth }) => groundTruth?.finalAnswer); // => ['VERDICT winner=A', 'VERDICT winner=B']
 * ```
 */
export function judgeTasks(records: readonly JudgeRecord[], options: JudgeTasksOptions = {}): Task[] {
  const { tag = 'judge', answerFormat = 'line', bothOrders = true } = options;
  const single = modelEvalConfig.omit({ judges: true }).parse(options.modelEval ?? {});
  const pair = pairwiseConfig.omit({ judges: true }).parse(options.pairwise ?? {});
  const make = (id: string, question: Omit<JudgementLabel, 'weights'> & Question): Task => {
    const { form, label, judged, weights = {}, messages } = question;
    const judgement: JudgementLabel = { form, label, weights, judged };
    return {
      ...{ id, tag, messages: messages(answerFormat) },
      groundTruth: { finalAnswer: rightAnswer(form, label, answerFormat) },
      extra: { judgement },
    };
  };
  return records.flatMap((record, index): Task[] => {
    const id = record.id ?? `${tag}-${index}`;
    if ('preference' in record) {
      checkPrompt(pair, ['response_a', 'response_b']);
      const { task, preference } = record;
      const shown = record.responses.map((text) => shownResponse(text, pair)) as [string, string];
      const swapped = { A: 'B', B: 'A', tie: 'tie' }[preference];
      const first = make(id, {
        ...pairQuestion({ task, responses: shown }, pair),
        ...{ label: { winner: preference }, judged: shown },
      });
      if (!bothOrders) return [first];
      const other: [string, string] = [shown[1], shown[0]];
      const second = make(`${id}-swapped`, {
        ...pairQuestion({ task, responses: other }, pair),
        ...{ label: { winner: swapped }, judged: other },
      });
      return [first, second];
    }
    checkPrompt(single, ['response']);
    const { criteria } = single;
    const weights = Object.fromEntries(criteria.map(({ name, weight }) => [name, weight]));
    const judged = [shownResponse(record.response, single)];
    const question = pointwiseQuestion({ task: record.task, responseText: record.response }, single);
    return [make(id, { ...question, label: labelOf(record, criteria, id), weights, judged })];
  });
}

interface Question {
  readonly weights?: JudgementLabel['weights'];
  readonly messages: (format: 'line' | 'json') => Task['messages'];
}

function labelOf(
  record: Extract<JudgeRecord, { readonly response: string }>,
  criteria: Criteria,
  id: string,
): Readonly<Record<string, number>> {
  if ('verdict' in record) {
    const isRight = record.verdict === 'correct';
    return Object.fromEntries(criteria.map(({ name, scale }) => [name, isRight ? scale.max : scale.min]));
  }
  const unknown = Object.keys(record.scores).find((key) => criteria.every(({ name }) => name !== key));
  const wrong = criteria.find(({ name, scale }) => {
    const score = record.scores[name];
    return score === undefined || !(score >= scale.min && score <= scale.max);
  });
  if (unknown === undefined && wrong === undefined) return record.scores;
  throw new RlloomError('data', {
    what:
      wrong === undefined
        ? `there is a score of "${unknown}", which is no criterion`
        : `the score of "${wrong.name}" is missing or not from ${wrong.scale.min} to ${wrong.scale.max}`,
    where: `record "${id}"`,
    fix: `give a score for each of ${criteria.map(({ name }) => name).join(', ')}`,
  });
}

function rightAnswer(form: VerdictForm, label: JudgementLabel['label'], format: 'line' | 'json'): string {
  if (format === 'line') return verdictLine(form, ({ name }) => String(label[name]));
  return JSON.stringify({ reasoning: '', ...(form.code !== null && { code: form.code }), scores: label });
}
