import type { Episode, EpisodeStep, Interaction, Message, Task, Tokenizer, Tool } from '@rlloom/spec';
import { testEnvironment } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createObservationEncoder } from './conversation/observation-encoder.ts';
import { gsm8kInteraction } from './interactions/gsm8k-interaction.ts';
import { multiTurn, type MultiTurnOptions } from './multi-turn.ts';
import { codePoints, endToken, generationOf } from './testing/code-points.ts';
import { calculatorTool } from './tools/calculator-tool.ts';
import { defineTool } from './tools/define-tool.ts';
import { gsm8kRewardTool } from './tools/gsm8k-reward-tool.ts';

const task: Task = {
  id: 'a',
  tag: 'sum',
  messages: [{ role: 'user', content: '1+2=' }],
  groundTruth: { finalAnswer: '3' },
};
const open = (options: Omit<MultiTurnOptions, 'tokenizer'>, record: Task = task): Episode =>
  multiTurn({ tokenizer: codePoints, ...options }).createEpisode(record, { sampleIndex: 0, seed: 1 });
const observed = (step: EpisodeStep): string => (step.done ? '(done)' : codePoints.decode(step.observationTokens));
const call = (name: string, given: object): string =>
  `<tool_call>${JSON.stringify({ name, arguments: given })}</tool_call>`;

// Deterministic work whose order is observed.
function recordingTool(log: string[], execute: () => Promise<string> | string = () => 'ok'): Tool {
  return {
    schema: { type: 'function', function: { name: 'probe', description: 'd', parameters: { type: 'object' } } },
    async create({ kwargs }) {
      log.push(`create ${JSON.stringify(kwargs)}`);
      return {
        async execute(given, context) {
          log.push(`execute ${JSON.stringify(given)} ${JSON.stringify(context.kwargs)}`);
          return { content: await execute(), metrics: { seen: 1 } };
        },
        calculateReward: async (context) => {
          log.push(`reward ${JSON.stringify(context.kwargs)}`);
          return 0.5;
        },
        release: async () => {
          log.push('release');
        },
      };
    },
  };
}

testEnvironment('multiTurn', () => ({
  environment: multiTurn({ tokenizer: codePoints, tools: [calculatorTool()], interaction: gsm8kInteraction() }),
  task,
}));

describe('multiTurn', () => {
  it('answers calls, extends the tokens and ends with an answer', async () => {
    const episode = open({ tools: [calculatorTool()] });
    expect(codePoints.decode(await episode.start())).toBe('[user]1+2=$[assistant]');
    const step = await episode.step(generationOf(`I add.${call('calculator', { expression: '1+2' })}`));
    expect(observed(step)).toBe('[tool]3$[assistant]');
    expect(await episode.step(generationOf('3'))).toMatchObject({
      done: true,
      metrics: { assistant_turns: 2, user_turns: 0, tool_calls: 1, tool_errors: 0 },
    });
    expect(episode.conversation?.()).toEqual([
      {
        role: 'assistant',
        content: 'I add.',
        toolCalls: [
          { id: 'call00001', type: 'function', function: { name: 'calculator', arguments: '{"expression":"1+2"}' } },
        ],
      },
      { role: 'tool', content: '3', name: 'calculator', toolCallId: 'call00001' },
      { role: 'assistant', content: '3' },
    ]);
  });

  it('closes the turn of a policy that was cut, and only then', async () => {
    const episode = open({ tools: [calculatorTool()] });
    await episode.start();
    const text = call('calculator', { expression: '4' });
    expect(observed(await episode.step(generationOf(text, 'length')))).toBe('$[tool]4$[assistant]');
    expect(observed(await episode.step(generationOf(text)))).toBe('[tool]4$[assistant]');
  });

  it('runs the calls of a turn at the same time, answers in their order, and bounds their number', async () => {
    const waiting: (() => void)[] = [];
    const tool = defineTool({
      name: 'wait',
      description: 'd',
      parameters: z.object({ name: z.string() }),
      // Each waits until all three are there.
      async execute({ name }) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 3) for (const each of waiting) each();
        });
        return name;
      },
    });
    const episode = open({ tools: [tool], toolLimits: { maxParallelCalls: 3 } });
    await episode.start();
    const step = await episode.step(generationOf(['a', 'b', 'c', 'd'].map((name) => call('wait', { name })).join('')));
    expect(observed(step)).toBe(
      '[tool]a$[tool]b$[tool]c$[tool]Error: at most 3 calls at a time; call it again$[assistant]',
    );
  });

  it('answers what it cannot read, what does not exist and what is not as the schema says', async () => {
    const episode = open({ tools: [calculatorTool()] });
    await episode.start();
    const broken = await episode.step(generationOf('<tool_call>{x}</tool_call>'));
    expect(observed(broken)).toMatch(/^\[tool\]Error: the call is not valid JSON/);
    const unknown = await episode.step(generationOf(call('rm', {})));
    expect(observed(unknown)).toBe('[tool]Error: there is no tool "rm"; there are: calculator$[assistant]');
    const invalid = await episode.step(generationOf(call('calculator', { expression: 7 })));
    expect(observed(invalid)).toMatch(/Error: invalid arguments: .*expected string/);
    const impossible = await episode.step(generationOf(call('calculator', { expression: '1/0' })));
    expect(observed(impossible)).toBe('[tool]Error: the value is no finite number$[assistant]');
    expect(await episode.step(generationOf('x'))).toMatchObject({
      metrics: { malformed_calls: 1, tool_calls: 3, tool_errors: 3 },
    });
  });

  it('gives tools the options of the sample, asks for rewards once, and releases once', async () => {
    const log: string[] = [];
    const kwargs = { create_kwargs: { a: 1 }, execute_kwargs: { b: 2 }, calc_reward_kwargs: { c: 3 } };
    const record = { ...task, extra: { tools_kwargs: { probe: kwargs } } };
    const episode = open({ tools: [recordingTool(log), calculatorTool()] }, record);
    await episode.start();
    await episode.step(generationOf(call('probe', { x: 1 }) + call('probe', { x: 2 })));
    expect(await episode.step(generationOf('3'))).toMatchObject({
      metrics: { 'tool_reward/probe': 0.5, 'probe/seen': 2 },
    });
    await episode.close?.();
    await episode.close?.();
    expect(log).toEqual([
      'create {"a":1}',
      'execute {"x":1} {"b":2}',
      'execute {"x":2} {"b":2}',
      'reward {"c":3}',
      'release',
    ]);
  });

  it('does not create tools that are not called', async () => {
    const log: string[] = [];
    const episode = open({ tools: [recordingTool(log)] });
    await episode.start();
    await episode.step(generationOf('3'));
    await episode.close?.();
    expect(log).toEqual([]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('broken')), 'Error: broken'],
    ['hangs', () => new Promise<string>(() => undefined), 'Error: probe gave no answer within 20 ms'],
    ['answers 10 MB', () => 'x'.repeat(10_000_000), `${'x'.repeat(22)}...(truncated)...${'x'.repeat(22)}`],
  ])('goes on when a tool %s', async (_, execute, answer) => {
    const log: string[] = [];
    const episode = open({
      tools: [recordingTool(log, execute)],
      toolLimits: { callTimeoutMs: 20, maxAnswerLength: 61 },
    });
    await episode.start();
    expect(observed(await episode.step(generationOf(call('probe', {}))))).toContain(`[tool]${answer}`);
    await episode.close?.();
    expect(log.at(-1)).toBe('release');
  });

  it('ends each call of a turn at the limit of its own tool', async () => {
    const lookUp = (name: string, callTimeoutMs: number, execute: () => Promise<string>): Tool =>
      defineTool({ name, description: 'd', parameters: z.object({}), callTimeoutMs, execute });
    let answer: ((text: string) => void) | undefined;
    const quick = lookUp('quick', 5, () => new Promise(() => undefined));
    // Answers when the other has been given up, later than the environment's limit.
    const slow = lookUp('slow', 600_000, () => new Promise((resolve) => (answer = resolve)));
    const last = lookUp('last', 30, () => new Promise(() => undefined));
    const episode = open({ tools: [quick, slow, last], toolLimits: { callTimeoutMs: 10 } });
    await episode.start();
    const step = episode.step(generationOf(['slow', 'quick', 'last'].map((name) => call(name, {})).join('')));
    setTimeout(() => answer?.('found'), 60);
    const text = observed(await step);
    expect(text).toContain('found');
    expect(text).toContain('Error: quick gave no answer within 5 ms');
    expect(text).toContain('Error: last gave no answer within 30 ms');
    await episode.close?.();
  });

  it('replies until the answer is right, and scores each turn', async () => {
    const episode = open({ interaction: gsm8kInteraction({ incorrectReply: 'again' }) });
    await episode.start();
    const wrong = await episode.step(generationOf('#### 4'));
    expect(wrong).toMatchObject({ done: false, score: 0 });
    expect(observed(wrong)).toBe('[user]again$[assistant]');
    expect(await episode.step(generationOf('so\n#### 3'))).toMatchObject({
      done: true,
      score: 1,
      stopReason: 'environment',
      metrics: { assistant_turns: 2, user_turns: 1 },
    });
  });

  it('ends at its bounds and says which', async () => {
    const interaction = gsm8kInteraction();
    const reasonOf = async (options: Omit<MultiTurnOptions, 'tokenizer'>, texts: readonly string[]) => {
      const episode = open(options);
      await episode.start();
      let step: EpisodeStep | undefined;
      for (const text of texts) step = await episode.step(generationOf(text));
      return step?.done === true ? [step.stopReason, step.reason, step.score] : 'goes on';
    };
    expect(await reasonOf({ interaction, maxAssistantTurns: 2 }, ['x', 'x'])).toEqual([
      'environment',
      'max_assistant_turns 2 is reached',
      0,
    ]);
    // The last answer is judged, though nobody may reply to it.
    expect(await reasonOf({ interaction, maxAssistantTurns: 2 }, ['x', '#### 3'])).toEqual([
      'environment',
      'the interaction is over',
      1,
    ]);
    expect(await reasonOf({ interaction, maxUserTurns: 1 }, ['x', 'x'])).toEqual([
      'environment',
      'max_user_turns 1 is reached',
      0,
    ]);
    expect(
      await reasonOf({ tools: [calculatorTool()], maxAssistantTurns: 1 }, [call('calculator', { expression: '1' })]),
    ).toEqual(['environment', 'max_assistant_turns 1 is reached', undefined]);
    expect(await reasonOf({ interaction, maxTokens: 80 }, ['x'])).toEqual([
      'length',
      'the next observation of 95 tokens does not fit: 2 of 80 are spent',
      0,
    ]);
  });

  it('says how much of its budget is left', async () => {
    const episode = open({ interaction: gsm8kInteraction({ incorrectReply: 'no' }), maxTokens: 50 });
    await episode.start();
    expect(episode.maxNewTokens?.()).toBe(50);
    const step = await episode.step(generationOf('ab'));
    expect(observed(step)).toHaveLength(20);
    expect(episode.maxNewTokens?.()).toBe(50 - 3 - 20);
  });

  it('adds the scores of tools and interaction', async () => {
    const episode = open({ tools: [gsm8kRewardTool()], interaction: gsm8kInteraction() });
    await episode.start();
    expect(await episode.step(generationOf(call('calc_gsm8k_reward', { answer: 4 })))).toMatchObject({ score: -0.05 });
    const better = await episode.step(generationOf(call('calc_gsm8k_reward', { answer: '3' })));
    expect(better).toMatchObject({ score: 0 });
    expect(observed(better)).toContain('Current parsed answer="3" reward=1.0');
    expect(await episode.step(generationOf('#### 3'))).toMatchObject({
      score: 1,
      metrics: { 'tool_reward/calc_gsm8k_reward': 1 },
    });
  });

  it('begins with what the interaction shows, gives it the whole conversation, and finalizes it once', async () => {
    const seen: string[][] = [];
    let finalized = 0;
    const interaction: Interaction = {
      name: 'echo',
      start: async ({ kwargs }) => ({
        opening: [{ role: 'user', content: String(kwargs['screen']) }],
        async generateResponse(messages: readonly Message[]) {
          seen.push(messages.map(({ content }) => content));
          return { done: seen.length === 2, reply: 'go', metrics: { turns: seen.length } };
        },
        calculateScore: async () => 0.25,
        finalize: async () => {
          finalized += 1;
        },
      }),
    };
    const episode = open({ interaction }, { ...task, extra: { interaction_kwargs: { screen: 'S' } } });
    expect(codePoints.decode(await episode.start())).toBe('[user]1+2=$[user]S$[assistant]');
    await episode.step(generationOf('a'));
    const last = await episode.step(generationOf('b'));
    expect(seen).toEqual([
      ['1+2=', 'S', 'a'],
      ['1+2=', 'S', 'a', 'go', 'b'],
    ]);
    // No turn had a score, so the last has that of the whole.
    expect(last).toMatchObject({ score: 0.25, metrics: { turns: 2, interaction_score: 0.25 } });
    await episode.close?.();
    await episode.close?.();
    expect(finalized).toBe(1);
  });

  it('ends at once when it is closed while a tool or the interaction hangs', async () => {
    const log: string[] = [];
    const tool = open({ tools: [recordingTool(log, () => new Promise<string>(() => undefined))] });
    await tool.start();
    const calling = tool.step(generationOf(call('probe', {})));
    const interaction: Interaction = {
      name: 'mute',
      start: async () => ({ generateResponse: () => new Promise<never>(() => undefined) }),
    };
    const talk = open({ interaction });
    await talk.start();
    const talking = talk.step(generationOf('hello'));
    await Promise.all([
      expect(calling).rejects.toThrow('the episode is closed'),
      expect(talking).rejects.toThrow('the episode is closed'),
      tool.close?.(),
      talk.close?.(),
    ]);
    expect(log.at(-1)).toBe('release');
  });

  it('releases a tool that was created too late', async () => {
    const log: string[] = [];
    let create: (() => void) | undefined;
    const inner = recordingTool(log);
    const slow: Tool = {
      ...inner,
      create: async (context) => {
        await new Promise<void>((resolve) => (create = resolve));
        return inner.create(context);
      },
    };
    const episode = open({ tools: [slow], toolLimits: { callTimeoutMs: 5 } });
    await episode.start();
    expect(observed(await episode.step(generationOf(call('probe', {}))))).toContain('no answer within 5 ms');
    await episode.close?.();
    create?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['create {}', 'release']);
  });
});

describe('createObservationEncoder', () => {
  const says = (content: string, role: Message['role'] = 'user'): Message => ({ role, content });
  const text = (
    options: Partial<Parameters<typeof createObservationEncoder>[0]>,
    generated: string,
    message: Message,
  ) =>
    codePoints.decode(
      createObservationEncoder({ tokenizer: codePoints, ...options }).encode(codePoints.encode(generated), [message]),
    );

  it('counts any end token as the end of the turn', () => {
    const tokenizer: Tokenizer = { ...codePoints, eosTokenIds: [33, endToken] };
    expect(text({ tokenizer }, 'a!', says('b'))).toBe('[user]b$[assistant]');
    expect(text({ tokenizer }, 'a', says('b'))).toBe('$[user]b$[assistant]');
    expect(text({ tokenizer }, '', says('b'))).toBe('$[user]b$[assistant]');
  });

  it('is not led astray by a message that says what its mark says', () => {
    expect(text({}, 'a$', says('ANSWER'))).toBe('[user]ANSWER$[assistant]');
  });

  const refusing = (isRefused: (messages: readonly Message[]) => boolean): Tokenizer => ({
    ...codePoints,
    renderChat: (messages, options) => {
      if (isRefused(messages)) throw Object.assign(new Error('refused'), { isRlloomError: true, kind: 'data' });
      return codePoints.renderChat(messages, options);
    },
  });

  it('shows tools as the template allows: as they are, behind a call, or as the user', () => {
    const afterCall = refusing((messages) =>
      messages.some(({ role }, at) => role === 'tool' && !messages[at - 1]?.toolCalls),
    );
    expect(text({ tokenizer: afterCall }, 'a', says('b', 'tool'))).toBe('$[tool]b$[assistant]');
    const never = refusing((messages) => messages.some(({ role }) => role === 'tool'));
    expect(text({ tokenizer: never }, 'a$', says('b', 'tool'))).toBe('[user]b$[assistant]');
    expect(() => text({ tokenizer: never, toolRole: 'tool' }, 'a$', says('b', 'tool'))).toThrow('refused');
    expect(text({ toolRole: 'user' }, 'a$', says('b', 'tool'))).toBe('[user]b$[assistant]');
  });

  it('joins contents where prompts are plain', () => {
    expect(text({ promptFormat: 'plain' }, 'a$', says('b'))).toBe('\nb');
  });
});
