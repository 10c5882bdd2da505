import type { RewardFunction, RewardRequest, RewardResult } from '@rlloom/spec';
import { aggregateScores, weightedMean } from './aggregate.ts';
import type { Criteria } from './criteria.config.ts';
import { promptSecrets } from './fence.ts';
import { createJudgePanel, type JudgeResources, type Opinion } from './judge-panel.ts';
import { checkPrompt, judgePrompt, type PromptConfig, shownResponse } from './judge-prompt.ts';
import { type ModelEvalConfig, modelEvalConfig, type ModelEvalOptions } from './model-eval.config.ts';
import { costOf, opinionLine, tooFew } from './opinion-line.ts';
import type { VerdictForm } from './verdict-form.ts';

/**
 * The `model_eval` reward: judges score a response by criteria, each on its own scale, in one answer. A judge's score is the
 * weighted mean of its criteria, brought to 0..1; several judges become one by `aggregation`. Parts: `judge1.correctness` per judge and
 * criterion, `correctness` over the judges, and with several of them `spread`, the distance of the highest from the lowest. Reasons and token use
 * are among the reasons.
 *
 * Without enough verdicts (no answer, or none that could be read, after retries) the sample is unverifiable. A verdict counts only from the last
 * structured object of a judge's answer, and with the code word of its prompt: see `parseVerdict`.
 *
 * Runs on the main thread: it only waits, and shares rate limits, cache and engines over all samples.
 *
 * @param resources judges of this process, and where keys are looked up
 * @throws RlloomError `config` for a missing key, an unknown judge model, or a prompt without a place for the response
 * @example
 * ```ts
 * const reward = modelEvalReward(
 *   { judges: [{ kind: 'model', use: 'strict' }], verdictCode: false, answerFormat: 'line' },
 *   { judgeModels: { strict: async () => ({ text: 'VERDICT correctness=0.25', promptTokens: 40, completionTokens: 9 }) } },
 * );
 * const task = { id: '1', tag: 'essay', messages: [{ role: 'user' as const, content: 'Why is the sky blue?' }] };
 * const result = await reward(
 *   { task, responseText: 'It is not.', responseTokenCount: 4, stopReason: 'eos' },
 *   { signal: new AbortController().signal, deadline: Infinity },
 * );
 * result.score; // => 0.25
 * ```
 */
export function modelEvalReward(options: ModelEvalOptions, resources: JudgeResources = {}): RewardFunction {
  const config = modelEvalConfig.parse(options);
  checkPrompt(config, ['response']);
  const panel = createJudgePanel(config, resources);
  return async (request, { signal }) => {
    const { task, responseText } = request;
    if (config.useReference === 'required' && task.groundTruth === undefined) {
      return unverifiable(config.criteria, {}, ['the task has no ground_truth']);
    }
    const shown = shownResponse(responseText, config);
    const { form, messages } = pointwiseQuestion(request, config);
    const opinions = await panel.ask({ taskId: task.id, form, judged: [shown], messages }, signal);
    return resultOf(opinions, config);
  };
}

/** The form and the messages of a question about one response. */
export function pointwiseQuestion(
  { task, responseText }: Pick<RewardRequest, 'task' | 'responseText'>,
  config: PromptConfig & Pick<ModelEvalConfig, 'criteria' | 'seed'>,
): { readonly form: VerdictForm; readonly messages: (format: 'json' | 'line') => ReturnType<typeof judgePrompt> } {
  const shown = shownResponse(responseText, config);
  const secrets = promptSecrets(config.seed, task.id, [shown]);
  const form: VerdictForm = {
    fields: config.criteria.map(({ name, scale }) => ({ kind: 'number', name, ...scale })),
    code: config.verdictCode ? secrets.code : null,
  };
  const criteria = config.criteria
    .map(
      ({ name, description, scale }) => `- ${name}, from ${scale.min} (worst) to ${scale.max} (best): ${description}`,
    )
    .join('\n');
  return {
    form,
    messages: (format) => judgePrompt({ task, responses: [shown], criteria, form, format, secrets }, config),
  };
}

/** Values of criteria brought to 0..1, and their weighted mean. */
export function normalizedScores(
  values: Readonly<Record<string, number | string>>,
  criteria: Criteria,
): { readonly score: number; readonly byCriterion: Readonly<Record<string, number>> } {
  const scored = criteria.map(({ name, scale, weight }) => ({
    ...{ name, weight },
    score: (Number(values[name]) - scale.min) / (scale.max - scale.min),
  }));
  return {
    score: weightedMean(scored),
    byCriterion: Object.fromEntries(scored.map(({ name, score }) => [name, score])),
  };
}

function resultOf(opinions: readonly Opinion[], config: ModelEvalConfig): RewardResult {
  const { criteria, aggregation, threshold } = config;
  const reasons = opinions.map((opinion) => opinionLine(opinion));
  const scored = opinions.flatMap(({ judge, weight, outcome }) =>
    'values' in outcome ? [{ judge, weight, ...normalizedScores(outcome.values, criteria) }] : [],
  );
  const judgeParts = Object.fromEntries(
    opinions.flatMap(({ judge }) => {
      const found = scored.find((one) => one.judge === judge);
      return criteria.map(({ name }) => [`${judge}.${name}`, found?.byCriterion[name] ?? null]);
    }),
  );
  const needed = config.minJudges ?? opinions.length;
  if (scored.length < needed) return unverifiable(criteria, judgeParts, [...reasons, tooFew(scored.length, needed)]);
  const score = aggregateScores(scored, aggregation, threshold);
  if (score === null)
    return unverifiable(criteria, judgeParts, [...reasons, 'the votes of the judges are split evenly']);
  const byCriterion = criteria.map(({ name }) => {
    const scores = scored.map(({ weight, byCriterion }) => ({ weight, score: byCriterion[name]! }));
    return [name, aggregateScores(scores, aggregation, threshold)] as const;
  });
  const all = scored.map((one) => one.score);
  const spread = Math.max(...all) - Math.min(...all);
  return {
    verdict: score >= threshold ? 'correct' : 'incorrect',
    score,
    parts: { ...Object.fromEntries(byCriterion), ...judgeParts, ...(opinions.length > 1 && { spread }) },
    reasons: [...reasons, costOf(opinions)],
  };
}

function unverifiable(
  criteria: Criteria,
  judgeParts: Readonly<Record<string, number | null>>,
  reasons: readonly string[],
): RewardResult {
  return {
    verdict: 'unverifiable',
    score: null,
    parts: { ...Object.fromEntries(criteria.map(({ name }) => [name, null])), ...judgeParts },
    reasons,
  };
}
