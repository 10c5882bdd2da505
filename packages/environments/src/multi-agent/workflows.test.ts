import type { AgentGeneration, MultiAgentStep, Task } from '@rlloom/spec';
import { testMultiAgentEnvironment } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { codePoints, generationOf } from '../testing/code-points.ts';
import { chain } from './chain.ts';
import { chainConfig } from './chain.config.ts';
import { debateConfig } from './debate.config.ts';
import { mixtureConfig } from './mixture.config.ts';
import { multiAgent } from './multi-agent.ts';
import { multiAgentConfig } from './multi-agent.config.ts';
import { createTeam, type TeamEnvironment } from './team.ts';

const task: Task = {
  id: 'a',
  tag: 'sum',
  messages: [
    { role: 'system', content: 'add' },
    { role: 'user', content: '1+2=' },
  ],
};
const resources = { tokenizer: codePoints };
const role = (name: string, more: object = {}) => ({ name, ...more });

const debateOf = (more: object) => multiAgent(debateConfig.parse({ type: 'debate', ...more }), resources);
const chainOf = (...links: object[]) => multiAgent(chainConfig.parse({ type: 'chain', links }), resources);
const mixtureOf = (more: object) => multiAgent(mixtureConfig.parse({ type: 'mixture', ...more }), resources);

/** Plays an episode in which agents say what `answers` holds for them, in order; shows whom it asked what. */
async function play(environment: TeamEnvironment, answers: Readonly<Record<string, string[]>>) {
  const episode = environment.createEpisode(task, { sampleIndex: 0, seed: 1 });
  const begun = new Map<string, number>();
  const asked: string[][] = [];
  let step: MultiAgentStep = await episode.start();
  while (!step.done) {
    asked.push(
      step.requests.map((request) =>
        'promptTokens' in request
          ? `${request.agent}: ${codePoints.decode(request.promptTokens)}`
          : `${request.agent} goes on: ${codePoints.decode(request.observationTokens)}`,
      ),
    );
    const generations = step.requests.map(({ agent, ...request }): AgentGeneration => {
      const count = begun.get(agent) ?? 0;
      if ('promptTokens' in request) begun.set(agent, count + 1);
      const conversation = 'promptTokens' in request ? count : count - 1;
      return { agent, conversation, result: generationOf(answers[agent]?.shift() ?? '?') };
    });
    step = await episode.step(generations);
  }
  const messages = (agent: string, conversation = 0) => episode.messages?.({ agent, conversation });
  await episode.close?.();
  return { asked, end: step, messages };
}

testMultiAgentEnvironment('debate', () => ({
  environment: debateOf({ debaters: [role('ann'), role('bob')], rounds: 3, judge: role('eve') }),
  task,
}));
testMultiAgentEnvironment('debate of one', () => ({
  environment: debateOf({ debaters: [role('ann')], rounds: 1 }),
  task,
}));
testMultiAgentEnvironment('chain', () => ({
  environment: chainOf(role('solver'), role('verifier', { acceptWhen: 'ok' }), role('solver', { continues: true })),
  task,
}));
testMultiAgentEnvironment('mixture', () => ({
  environment: mixtureOf({ proposers: [role('ann'), role('bob')], layers: 2, aggregator: role('eve') }),
  task,
}));
testMultiAgentEnvironment('a team in which nobody writes', () => ({
  environment: createTeam({
    ...resources,
    name: 'silent',
    roles: [{ name: 'ann', systemPrompt: null, maxNewTokens: null, jointWeight: 1, ownWeight: 0, tag: null }],
    play: function* () {
      return {};
    },
  }),
  task,
}));

describe('debate', () => {
  it('shows each debater what the others wrote last, and the judge all', async () => {
    const environment = debateOf({
      debaters: [role('ann'), role('bob', { systemPrompt: 'doubt' })],
      rounds: 2,
      rebuttal: '<{answers}>',
      judge: role('eve', { prompt: '{task} {answers}' }),
    });
    expect(environment.agents).toEqual(['ann', 'bob', 'eve']);
    const { asked, end } = await play(environment, { ann: ['<think>hm</think> 3', '3!'], bob: ['4', '3?'] });
    expect(asked).toEqual([
      ['ann: [system]add$[user]1+2=$[assistant]', 'bob: [system]doubt$[user]1+2=$[assistant]'],
      ['ann goes on: [user]<bob: 4>$[assistant]', 'bob goes on: [user]<ann: 3>$[assistant]'],
      ['eve: [system]add$[user]1+2= ann: 3!\nbob: 3?$[assistant]'],
    ]);
    // The last to write gives the answer.
    expect(end).toEqual({ done: true });
  });

  it('shows thoughts where they are not hidden', async () => {
    const environment = debateOf({ debaters: [role('ann'), role('bob')], rebuttal: '{answers}', hideThoughts: false });
    const { asked } = await play(environment, { ann: ['<think>hm</think> 3'], bob: ['4'] });
    expect(asked[1]?.[1]).toBe('bob goes on: [user]ann: <think>hm</think> 3$[assistant]');
  });

  it('keeps what was said, for rewards', async () => {
    const environment = debateOf({ debaters: [role('ann'), role('bob')], rebuttal: '{answers}' });
    const { messages } = await play(environment, { ann: ['3', '3!'], bob: ['4', '4!'] });
    expect(messages('ann')).toEqual([
      { role: 'assistant', content: '3' },
      { role: 'user', content: 'bob: 4' },
      { role: 'assistant', content: '3!' },
    ]);
    expect(messages('eve')).toEqual([]);
  });
});

describe('chain', () => {
  it('tells each link what those before it wrote', async () => {
    const environment = chainOf(
      role('solver'),
      role('critic', { prompt: 'check {solver}' }),
      role('refiner', { prompt: '{task} {solver} but {previous}' }),
    );
    const { asked, end } = await play(environment, { solver: ['4'], critic: ['too much'], refiner: ['3'] });
    expect(asked).toEqual([
      ['solver: [system]add$[user]1+2=$[assistant]'],
      ['critic: [system]add$[user]check 4$[assistant]'],
      ['refiner: [system]add$[user]1+2= 4 but too much$[assistant]'],
    ]);
    expect(end).toEqual({ done: true, answers: [{ agent: 'refiner', conversation: 0, text: '3' }] });
  });

  const checked = () =>
    chainOf(
      role('solver'),
      role('verifier', { prompt: '{previous}?', acceptWhen: '^right' }),
      role('solver', { prompt: '{previous}. Again.', continues: true }),
      role('verifier', { prompt: '{previous}?', acceptWhen: '^right' }),
    );

  it('ends where a check accepts, with the answer before it', async () => {
    const { asked, end } = await play(checked(), { solver: ['3'], verifier: ['right'] });
    expect(asked).toHaveLength(2);
    expect(end).toMatchObject({
      answers: [{ agent: 'solver', conversation: 0 }],
      metrics: { accepted: 1 },
      reason: 'verifier accepted',
    });
  });

  it('goes on in the same conversation where a check does not accept', async () => {
    const { asked, end } = await play(checked(), { solver: ['4', '3'], verifier: ['not right', 'no'] });
    expect(asked[2]).toEqual(['solver goes on: [user]not right. Again.$[assistant]']);
    expect(asked[3]).toEqual(['verifier: [system]add$[user]3?$[assistant]']);
    expect(end).toMatchObject({ answers: [{ agent: 'solver', conversation: 0 }], metrics: { accepted: 0 } });
  });

  it.each([
    ['a bad pattern', [role('a'), role('b', { acceptWhen: '(' })], /links\[1\].*no regular expression/s],
    ['a link that continues nothing', [role('a', { continues: true })], /no link before it begins/],
    ['checks alone', [role('a', { acceptWhen: 'x' })], /none answers/],
  ])('refuses %s', (_, links, message) => {
    expect(() => chain(chainConfig.parse({ type: 'chain', links }), resources)).toThrow(message);
  });
});

describe('mixture', () => {
  it('refines proposals layer by layer and has one agent make a whole of them', async () => {
    const environment = mixtureOf({
      proposers: [role('ann', { maxNewTokens: 5 }), role('bob')],
      layers: 2,
      refinement: '{answers}!',
      answerFormat: '{answer}',
      aggregator: role('eve', { prompt: '{answers}' }),
    });
    const { asked, messages } = await play(environment, { ann: ['1', '2'], bob: ['3', '4'] });
    expect(asked).toEqual([
      ['ann: [system]add$[user]1+2=$[assistant]', 'bob: [system]add$[user]1+2=$[assistant]'],
      ['ann: [system]add$[user]1\n3!$[assistant]', 'bob: [system]add$[user]1\n3!$[assistant]'],
      ['eve: [system]add$[user]2\n4$[assistant]'],
    ]);
    expect(messages('ann', 1)).toEqual([{ role: 'assistant', content: '2' }]);
  });
});

describe('createTeam', () => {
  it('limits the turns of a role', async () => {
    const environment = mixtureOf({ proposers: [role('ann', { maxNewTokens: 5 })], aggregator: role('eve') });
    const step = await environment.createEpisode(task, { sampleIndex: 0, seed: 1 }).start();
    expect(step).toMatchObject({ requests: [{ agent: 'ann', maxNewTokens: 5 }] });
  });

  it('refuses two agents of one name', () => {
    expect(() => debateOf({ debaters: [role('ann'), role('ann')] })).toThrow(/two agents are called "ann"/);
  });

  it('joins contents where there is no chat template', async () => {
    const config = multiAgentConfig.parse({ type: 'debate', debaters: [role('a'), role('b')], rebuttal: '{answers}' });
    const { asked } = await play(multiAgent(config, { ...resources, promptFormat: 'plain' }), { a: ['3'], b: ['4'] });
    expect(asked).toEqual([
      ['a: add\n1+2=', 'b: add\n1+2='],
      ['a goes on: \nb: 4', 'b goes on: \na: 3'],
    ]);
  });

  it('names the task whose prompt is too long', async () => {
    const config = multiAgentConfig.parse({ type: 'debate', debaters: [role('a')] });
    const episode = multiAgent(config, { ...resources, maxPromptLength: 3 }).createEpisode(task, {
      sampleIndex: 0,
      seed: 1,
    });
    await expect(episode.start()).rejects.toThrow(/task "a": the prompt has \d+ tokens/);
  });
});
