import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { calculatorTool, multiTurn } from '@rlloom/environments';
import { loadTokenizer } from '@rlloom/models';
import { collectGroups } from '@rlloom/rollout';
import type { GenerationResult, Interaction, Message, RolloutEngine, StopReason, Task, Tokenizer } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';

// Hand-written conversations in the chat template of each fixture model, token by token: what the engine was asked to
// continue, what trains and what does not. Packages may not do this: environments know no tokenizer of files.

interface Marks {
  /** Before the user's first message, around it, and up to where the assistant writes. */
  readonly start: (question: string) => string;
  /** What stands between the end token of a turn and the next, for a user's message. */
  readonly user: (content: string) => string;
  /** The same for the answer of a tool. */
  readonly tool: (content: string) => string;
  readonly end: string;
  /** What the policy writes before its text. */
  readonly space: string;
}

const qwen: Marks = {
  start: (question) =>
    `<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n${question}<|im_end|>\n<|im_start|>assistant\n`,
  user: (content) => `\n<|im_start|>user\n${content}<|im_end|>\n<|im_start|>assistant\n`,
  tool: (content) => `\n<|im_start|>tool\n${content}<|im_end|>\n<|im_start|>assistant\n`,
  end: '<|im_end|>',
  space: '',
};
const llama: Marks = {
  start: (question) =>
    `<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n${question}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
  user: (content) =>
    `<|start_header_id|>user<|end_header_id|>\n\n${content}<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n`,
  // This template wants user and assistant in turns: a tool answers as the user.
  tool: (content) => llama.user(content),
  end: '<|eot_id|>',
  space: '',
};
const instruct = (begin: string, end: string): Marks => ({
  start: (question) => `${begin}[INST] ${question} [/INST]`,
  user: (content) => `[INST] ${content} [/INST]`,
  tool: (content) => `[INST] ${content} [/INST]`,
  end,
  space: ' ',
});
const templates: Readonly<Record<string, Marks>> = {
  ...{ qwen2: qwen, qwen2_bf16: qwen, qwen3: qwen, qwen3_moe: qwen, llama, llama_sharded: llama },
  ...{ gemma2: instruct('<bos>', '<eos>'), gemma3: instruct('<bos>', '<eos>') },
  ...{ mistral: instruct('<s>', '</s>'), phi3: instruct('<s>', '</s>') },
};

const folder = (name: string): string => fileURLToPath(new URL(`../fixtures/models/${name}`, import.meta.url));
const question = 'What is 2 and 2?';
const task: Task = { id: 'a', tag: 'sum', messages: [{ role: 'user', content: question }] };

/** An engine that says what it is told, and remembers what it was to continue. */
function speaker(turns: readonly { readonly tokens: Int32Array; readonly stopReason: StopReason }[]) {
  const prompts: number[][] = [];
  const engine: RolloutEngine = {
    capabilities: {
      ...{ name: 'speaker', logProbs: 'exact', weightUpdate: 'shared', maxSequenceLength: 4096 },
      ...{ seeded: true, stopStrings: true },
    },
    generate: async (requests) =>
      requests.map(({ promptTokens }): GenerationResult => {
        const { tokens, stopReason } = turns[prompts.length] ?? { tokens: new Int32Array(), stopReason: 'abort' };
        prompts.push([...promptTokens]);
        const logProbs = new Float32Array(tokens.length).fill(-0.5);
        const policyVersions = new Int32Array(tokens.length).fill(prompts.length);
        return { tokens, logProbs, samplingLogProbs: logProbs, policyVersions, stopReason };
      }),
    updateWeights: async () => undefined,
    pause: async () => undefined,
    resume: async () => undefined,
    close: async () => undefined,
  };
  return { engine, prompts };
}

/** The tokens of pieces of a text as they are in the whole of it; a piece must end where a token ends. */
function tokensOfPieces(tokenizer: Tokenizer, pieces: readonly string[]): Int32Array[] {
  const encode = (text: string): Int32Array => tokenizer.encode(text, { addSpecialTokens: false });
  let before = 0;
  return pieces.map((_, index) => {
    const upTo = encode(pieces.slice(0, index + 1).join(''));
    const own = upTo.slice(before);
    before = upTo.length;
    return own;
  });
}

const again: Interaction = {
  name: 'again',
  start: async () => ({ generateResponse: async () => ({ done: false, reply: 'Are you sure?' }) }),
};

describe.each(Object.entries(templates))('a conversation with %s', (name, marks) => {
  const collect = async (
    environment: ReturnType<typeof multiTurn>,
    { tokenizer, turns }: { tokenizer: Tokenizer; turns: Parameters<typeof speaker>[0] },
  ) => {
    const { engine, prompts } = speaker(turns);
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, maxNewTokens: 64 };
    const [group] = await collectGroups({
      ...{ engine, environment, tokenizer, tasks: [task], groupSize: 1, sampling, seed: 1 },
    });
    return { trajectory: group!.trajectories[0]!, prompts };
  };

  it('is the hand-written one, token by token, and only what the policy wrote trains', async () => {
    const tokenizer = await loadTokenizer(folder(name));
    const written = [
      [marks.start(question), 0],
      [`${marks.space}It is 4.${marks.end}`, 1],
      [marks.user('Are you sure?'), 0],
      [`${marks.space}Yes, 4.${marks.end}`, 1],
      [marks.user('Are you sure?'), 0],
      [`${marks.space}I said so.${marks.end}`, 1],
    ] as const;
    const pieces = tokensOfPieces(
      tokenizer,
      written.map(([text]) => text),
    );
    const turns = [1, 3, 5].map((at) => ({ tokens: pieces[at]!, stopReason: 'eos' as const }));
    const environment = multiTurn({ tokenizer, interaction: again, maxAssistantTurns: 3 });
    const { trajectory, prompts } = await collect(environment, { tokenizer, turns });

    expect([...trajectory.tokens]).toEqual(pieces.flatMap((piece) => [...piece]));
    expect([...trajectory.lossMask]).toEqual(
      pieces.flatMap((piece, index) => Array.from(piece, () => written[index]![1])),
    );
    expect([...trajectory.policyVersions]).toEqual(
      pieces.flatMap((piece, index) => Array.from(piece, () => (index % 2 === 1 ? (index + 1) / 2 : -1))),
    );
    // And it is what the template makes of the whole, at each turn.
    const said: Message[] = [...task.messages];
    for (const [index, prompt] of prompts.entries()) {
      expect(prompt).toEqual([...tokenizer.encodeChat(said, { addGenerationPrompt: true })]);
      const content = ['It is 4.', 'Yes, 4.', 'I said so.'][index]!;
      said.push({ role: 'assistant', content }, { role: 'user', content: 'Are you sure?' });
    }
    expect(trajectory.conversation?.map(({ role }) => role)).toEqual([
      ...['assistant', 'user', 'assistant', 'user', 'assistant'],
    ]);
  });

  it('closes a turn that was cut, without training on what closes it', async () => {
    const tokenizer = await loadTokenizer(folder(name));
    const cut = `${marks.space}It is`;
    const pieces = tokensOfPieces(tokenizer, [marks.start(question), cut, marks.end + marks.user('Are you sure?')]);
    const turns = [
      { tokens: pieces[1]!, stopReason: 'length' as const },
      { tokens: tokenizer.encode('4', { addSpecialTokens: false }), stopReason: 'length' as const },
    ];
    const environment = multiTurn({ tokenizer, interaction: again, maxAssistantTurns: 2 });
    const { trajectory } = await collect(environment, { tokenizer, turns });
    const last = [...turns[1]!.tokens];
    expect([...trajectory.tokens]).toEqual([...pieces.flatMap((piece) => [...piece]), ...last]);
    expect([...trajectory.lossMask]).toEqual([
      ...pieces.flatMap((piece, index) => Array.from(piece, () => Number(index === 1))),
      ...last.map(() => 1),
    ]);
  });

  it('keeps tokens that the tokenizer would not choose', async () => {
    const tokenizer = await loadTokenizer(folder(name));
    // Letter by letter, as a policy may sample it.
    const spelled = [...'It is 4.'].flatMap((letter) => [...tokenizer.encode(letter, { addSpecialTokens: false })]);
    const tokens = Int32Array.from([...spelled, tokenizer.eosTokenIds[0]!]);
    const turns = [
      { tokens, stopReason: 'eos' as const },
      { tokens, stopReason: 'eos' as const },
    ];
    const environment = multiTurn({ tokenizer, interaction: again, maxAssistantTurns: 2 });
    const { trajectory } = await collect(environment, { tokenizer, turns });
    const trained = [...trajectory.tokens].filter((_, at) => trajectory.lossMask[at] === 1);
    expect(trained).toEqual([...tokens, ...tokens]);
  });

  it('shows the answer of a tool as the template allows', async () => {
    const tokenizer = await loadTokenizer(folder(name));
    const tools = [calculatorTool()];
    const schemas = tools.map(({ schema }) => schema);
    const prompt = tokenizer.renderChat(task.messages, { addGenerationPrompt: true, tools: schemas });
    const call = `${marks.space}<tool_call>{"name": "calculator", "arguments": {"expression": "2+2"}}</tool_call>${marks.end}`;
    const pieces = tokensOfPieces(tokenizer, [prompt, call, marks.tool('4'), `${marks.space}4${marks.end}`]);
    const turns = [1, 3].map((at) => ({ tokens: pieces[at]!, stopReason: 'eos' as const }));
    const { trajectory } = await collect(multiTurn({ tokenizer, tools }), { tokenizer, turns });
    expect([...trajectory.tokens]).toEqual(pieces.flatMap((piece) => [...piece]));
    expect([...trajectory.lossMask]).toEqual(pieces.flatMap((piece, index) => Array.from(piece, () => index % 2)));
    expect(trajectory.episodeMetrics).toMatchObject({ tool_calls: 1, tool_errors: 0 });
  });

  it('answers two calls of a turn together', async () => {
    const tokenizer = await loadTokenizer(folder(name));
    const call = (sum: string): string =>
      `<tool_call>{"name": "calculator", "arguments": {"expression": "${sum}"}}</tool_call>`;
    const turn = tokenizer.encode(`${call('1+1')}${call('1+2')}${marks.end}`, { addSpecialTokens: false });
    const turns = [
      { tokens: turn, stopReason: 'eos' as const },
      { tokens: Int32Array.of(tokenizer.eosTokenIds[0]!), stopReason: 'eos' as const },
    ];
    const { trajectory } = await collect(multiTurn({ tokenizer, tools: [calculatorTool()] }), { tokenizer, turns });
    const [, , observed] = trajectory.turns;
    const text = tokenizer.decode(trajectory.tokens.slice(observed!.start, observed!.end));
    const expected = marks === qwen ? `\n<|im_start|>tool\n2<|im_end|>${marks.tool('3')}` : marks.tool('2\n3');
    expect(text.trimStart()).toBe(expected.trimStart());
  });
});

it('covers every fixture model that has a template', async () => {
  const names = (await readdir(folder('.'))).filter((each) => existsSync(`${folder(each)}/tokenizer_config.json`));
  expect(names.length).toBeGreaterThan(5);
  for (const each of names) {
    const { hasChatTemplate } = await loadTokenizer(folder(each));
    // Heads on the qwen2 model have its tokenizer.
    if (hasChatTemplate && !/^qwen2_(?:reward|value)$/u.test(each)) expect(Object.keys(templates)).toContain(each);
  }
});
