import type { Task } from '@rlloom/spec';
import { testRewardFunction } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { request } from '../testing/requests.ts';
import { judgeAgreement } from './judge-agreement.ts';
import { judgeAgreementConfig, type JudgeAgreementOptions } from './judge-agreement.config.ts';
import type { JudgeModel } from './judge-model.ts';
import { judgeTasks } from './judge-tasks.ts';
import { modelEvalReward } from './model-eval.ts';
import { pairwiseJudge } from './pairwise-judge.ts';

const context = { signal: new AbortController().signal, deadline: Number.POSITIVE_INFINITY };
const { task } = request('');
const criteria = [
  { name: 'right', description: 'is right', scale: { min: 0, max: 4 }, weight: 3 },
  { name: 'short', description: 'is short', scale: { min: 0, max: 1 } },
];
const [right] = judgeTasks([{ task, response: '24', verdict: 'correct' }]) as [Task];
const code = /VERDICT (\w{10}) /.exec(right.messages.at(-1)!.content)![1]!;
const answering = (of: Task, responseText: string) => ({
  ...{ task: of, responseText, responseTokenCount: 1, stopReason: 'eos' as const },
});
const agree = async (of: Task, text: string, options: JudgeAgreementOptions = {}) =>
  judgeAgreement(judgeAgreementConfig.parse(options))(answering(of, text), context);

testRewardFunction('judge_agreement', () => judgeAgreement(judgeAgreementConfig.parse({})), {
  correct: [answering(right, `It is right.\nVERDICT ${code} correctness=1`)],
  incorrect: [
    answering(right, `VERDICT ${code} correctness=0`),
    answering(right, 'VERDICT correctness=1'),
    answering(right, 'It is right.'),
  ],
  unverifiable: [request('VERDICT correctness=1')],
});

describe('judgeTasks', () => {
  it('ask the very question that model_eval asks', async () => {
    for (const answerFormat of ['line', 'json'] as const) {
      const prompts: unknown[] = [];
      const spy: JudgeModel = async (messages) => (
        prompts.push(messages), { text: '', promptTokens: 0, completionTokens: 0 }
      );
      const options = { criteria, seed: 5, systemPrompt: 'Grade.' };
      const judges = [{ kind: 'model' as const, use: 'spy' }];
      await modelEvalReward({ judges, answerFormat, parseRetries: 0, ...options }, { judgeModels: { spy } })(
        request('24'),
        context,
      );
      const [made] = judgeTasks([{ task, response: '24', verdict: 'correct' }], { answerFormat, modelEval: options });
      expect(made!.messages).toEqual(prompts[0]);
    }
  });

  it('ask the very question that pairwise_judge asks, in both orders', async () => {
    const prompts: unknown[] = [];
    const spy: JudgeModel = async (messages) => (
      prompts.push(messages), { text: '', promptTokens: 0, completionTokens: 0 }
    );
    const judges = [{ kind: 'model' as const, use: 'spy' }];
    const reward = pairwiseJudge({ judges, answerFormat: 'line', parseRetries: 0 }, { judgeModels: { spy } });
    await reward([request('24'), request('25')], context);
    const made = judgeTasks([{ id: 'p', task, responses: ['24', '25'], preference: 'A' }], { tag: 'grm' });
    expect(made.map(({ messages }) => messages)).toEqual(prompts);
    expect(made.map(({ id, tag }) => [id, tag])).toEqual([
      ['p', 'grm'],
      ['p-swapped', 'grm'],
    ]);
    expect(made.map(({ groundTruth }) => groundTruth!.finalAnswer.split(' ').at(-1))).toEqual(['winner=A', 'winner=B']);
    expect(judgeTasks([{ task, responses: ['a', 'b'], preference: 'tie' }], { bothOrders: false })).toHaveLength(1);
  });

  it('carry a right answer that scores full marks, also after a trip through a file', async () => {
    const records = [
      { task, response: '24', verdict: 'correct' as const },
      { task, response: '25', scores: { right: 1, short: 1 } },
      { task, responses: ['24', '25'] as [string, string], preference: 'tie' as const },
    ];
    for (const answerFormat of ['line', 'json'] as const) {
      const options = { answerFormat, modelEval: { criteria } };
      for (const made of judgeTasks(records, options)) {
        const copy = JSON.parse(JSON.stringify(made)) as Task;
        const result = await agree(copy, copy.groundTruth!.finalAnswer);
        expect([result.verdict, result.score, result.parts['readable']]).toEqual(['correct', 1, 1]);
      }
    }
  });

  it.each([
    [{ right: 1 }, '"short" is missing'],
    [{ right: 5, short: 1 }, '"right" is missing or not from 0 to 4'],
    [{ right: 1, short: 1, other: 1 }, '"other"'],
  ])('refuse the scores %j', (scores, message) => {
    expect(() => judgeTasks([{ task, response: '24', scores }], { modelEval: { criteria } })).toThrow(message);
  });
});

describe('judgeAgreement', () => {
  const [made] = judgeTasks([{ task, response: '25', scores: { right: 1, short: 1 } }], {
    modelEval: { criteria, verdictCode: false },
  }) as [Task];

  it('scores by distance on the scales, weighted', async () => {
    // right: 1 − 2/4 at weight 3, short: 1 at weight 1.
    expect(await agree(made, 'VERDICT right=3 short=1')).toEqual({
      ...{ verdict: 'incorrect', score: 0.625, parts: { readable: 1, right: 0.5, short: 1 } },
      reasons: ['right: 3, the label is 1', 'short: 1, the label is 1'],
    });
    expect((await agree(made, 'VERDICT right=1 short=1')).score).toBe(1);
    expect((await agree(made, 'VERDICT right=3 short=1', { formatScore: 0.2 })).score).toBeCloseTo(0.7, 10);
  });

  it('scores all or nothing, or by the side of the threshold', async () => {
    expect((await agree(made, 'VERDICT right=3 short=1', { match: 'exact' })).score).toBe(0);
    expect((await agree(made, 'VERDICT right=3 short=1', { match: 'exact', formatScore: 0.1 })).score).toBe(0.1);
    // The label: (3 · 1/4 + 1) / 4 = 0.4375; the same side at 0.5 is below it.
    expect(await agree(made, 'VERDICT right=2 short=0', { match: 'side' })).toMatchObject({
      verdict: 'correct',
      score: 1,
    });
    expect(await agree(made, 'VERDICT right=3 short=1', { match: 'side' })).toMatchObject({
      verdict: 'incorrect',
      score: 0,
    });
  });

  it('puts a tie half way between two winners', async () => {
    const [pair] = judgeTasks([{ task, responses: ['24', '25'], preference: 'A' }], {
      pairwise: { verdictCode: false },
    });
    const scores = await Promise.all(
      ['A', 'tie', 'B'].map(async (winner) => (await agree(pair!, `VERDICT winner=${winner}`)).score),
    );
    expect(scores).toEqual([1, 0.5, 0]);
  });

  it.each([
    undefined,
    null,
    'x',
    {},
    { form: { fields: [], code: null }, label: {}, weights: {}, judged: [] },
    {
      form: { fields: [{ kind: 'number', name: 'a', min: 1, max: 0 }], code: null },
      label: { a: 1 },
      weights: {},
      judged: [],
    },
    {
      form: { fields: [{ kind: 'number', name: 'a', min: 0, max: 1 }], code: null },
      label: { a: 2 },
      weights: {},
      judged: [],
    },
    {
      form: { fields: [{ kind: 'choice', name: 'a', values: ['A'] }], code: 1 },
      label: { a: 'A' },
      weights: {},
      judged: [],
    },
  ])('cannot judge with the label %j', async (judgement) => {
    const broken = { ...made, extra: { judgement } };
    expect(await agree(broken, 'VERDICT right=1 short=1')).toMatchObject({ verdict: 'unverifiable', score: null });
  });
});
