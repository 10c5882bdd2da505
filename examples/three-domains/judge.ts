import { createTaskStream } from '@rlloom/data';
import { createModel, loadTokenizer, parseModelConfig, writeTokenizerFiles } from '@rlloom/models';
import { type JudgeTasksOptions, judgeTasks } from '@rlloom/rewards';
import { createLocalEngine, type LocalEngine } from '@rlloom/rollout';
import { deriveSeed, type Task, type Tokenizer } from '@rlloom/spec';
import { adamW, chain, clipByGlobalNorm } from '@rlloom/tensor';
import { createLocalPolicy, demonstrationSequence, sftConfig, sftStep } from '@rlloom/trainers';
import { type Example } from './records.ts';

/** How the judge is asked, in training and by `configs/train.yaml`. */
const question: NonNullable<JudgeTasksOptions['modelEval']> = {
  criteria: [
    {
      name: 'agreement',
      description: 'the answer says what the reference says, and nothing else',
      scale: { min: 0, max: 2 },
    },
  ],
  systemPrompt: '',
  prompt: '{reference}{response}',
  answerFormat: 'line',
  verdictCode: false,
};

/** What a judge says about an answer. */
interface Judgement {
  /** 2 = the words of the reference and no others, 1 = at least half of them, 0 = fewer. */
  readonly agreement: number;
  /** Each word of the reference, and whether it was found: `Line+ chart-`. */
  readonly reasoning: string;
}

/** What the judge is to learn to say. */
function judgementOf(reference: string, response: string): Judgement {
  const given = wordsOf(response);
  const wanted = wordsOf(reference);
  const found = wanted.filter((word) => given.includes(word));
  const isMore = given.some((word) => !wanted.includes(word)) || given.length > wanted.length;
  const agreement = found.length === wanted.length && !isMore ? 2 : 2 * found.length >= wanted.length ? 1 : 0;
  const marks = wanted.map((word) => `${word}${found.includes(word) ? '+' : '-'}`);
  return { agreement, reasoning: [...marks, ...(isMore ? ['more'] : [])].join(' ') };
}

/** A judge, and how well it judges answers that it was not trained on. */
interface TrainedJudge {
  readonly engine: LocalEngine;
  readonly tokenizer: Tokenizer;
  /** Share of verdicts that are right. */
  readonly accuracy: number;
}

/**
 * Trains a generative reward model of 0.1 M parameters to compare an answer with the reference, word by word. It sees the references
 * of some examples, and answers that are right, half right, misspelt, of another question, or noise.
 */
export async function trainJudge(
  examples: readonly Example[],
  { folder, seed, steps, onStep }: { folder: string; seed: number; steps: number; onStep: (line: string) => void },
): Promise<TrainedJudge> {
  const references = examples.filter(({ record }) => record.tag === 'judge').map(({ answer }) => answer);
  await writeTokenizerFiles(folder, {
    tokens: vocabulary(references),
    chatTemplate: '{% for message in messages %}{{ message.content }}{% endfor %}\n',
  });
  const tokenizer = await loadTokenizer(folder);
  const model = createModel(
    parseModelConfig({
      model_type: 'qwen2',
      vocab_size: tokenizer.vocabularySize,
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      intermediate_size: 192,
      max_position_embeddings: 1024,
      tie_word_embeddings: true,
      initializer_range: 0.05,
      pad_token_id: tokenizer.padTokenId,
      eos_token_id: tokenizer.eosTokenIds[0],
    }),
    { seed },
  );
  const policy = createLocalPolicy({
    ...{ model, optimizer: chain(clipByGlobalNorm(1), adamW({ beta2: 0.95, weightDecay: 0 })) },
    ...{ padTokenId: tokenizer.padTokenId, maxTokensPerMicroBatch: 16_384 },
  });
  const stream = createTaskStream({ tasks: judgements(references, { count: 4000, seed }), seed, batchSize: 32 });
  for (let step = 1; step <= steps; step++) {
    const sequences = stream
      .nextBatch()
      .map((task) => demonstrationSequence(task, { tokenizer, promptFormat: 'chat', maxLength: 256 }));
    const metrics = await sftStep({
      ...{ policy, sequences, config: sftConfig.parse({}) },
      learningRate: 4e-3 * Math.min(1, step / 10) * (0.1 + 0.9 * (1 - step / steps)),
    });
    if (step % 50 === 0) onStep(`judge: step ${step}  loss ${metrics['sft/loss']!.toFixed(3)}`);
  }
  const engine = createLocalEngine({ model, tokenizer, joinsCalls: true });
  await engine.updateWeights(policy.weights());
  policy.dispose();

  const fresh = judgements(references, { count: 100, seed: deriveSeed(seed, 'fresh') });
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, maxNewTokens: 24 };
  const answers = await engine.generate(
    fresh.map(({ messages }) => ({
      promptTokens: tokenizer.encodeChat(messages.slice(0, -1), { addGenerationPrompt: true }),
      ...{ sampling, seed },
    })),
  );
  const right = answers.filter(({ tokens }, index) => {
    const said = tokenizer.decode(tokens, { skipSpecialTokens: true });
    return said.split('\n').at(-1) === fresh[index]!.messages.at(-1)!.content.split('\n').at(-1);
  });
  return { engine, tokenizer, accuracy: right.length / fresh.length };
}

/** Tasks whose last message is the judgement to learn. */
function judgements(references: readonly string[], { count, seed }: { count: number; seed: number }): Task[] {
  const pairs = Array.from({ length: count }, (_, index) => {
    const reference = references[deriveSeed(seed, 'reference', index) % references.length]!;
    return { reference, response: answerTo(reference, references, (...path) => deriveSeed(seed, index, ...path)) };
  });
  const tasks = judgeTasks(
    pairs.map(({ reference, response }, index) => ({
      task: { id: `pair-${seed}-${index}`, tag: 'judge', messages: [], groundTruth: { finalAnswer: reference } },
      response,
      scores: { agreement: judgementOf(reference, response).agreement },
    })),
    { modelEval: question },
  );
  return tasks.map((task, index) => {
    const { reference, response } = pairs[index]!;
    const content = `${judgementOf(reference, response).reasoning}\n${task.groundTruth!.finalAnswer}`;
    return { ...task, messages: [...task.messages, { role: 'assistant', content }] };
  });
}

// The mistakes of a model that learns to spell.
function answerTo(
  reference: string,
  references: readonly string[],
  draw: (...path: (string | number)[]) => number,
): string {
  const words = wordsOf(reference);
  const place = draw('place') % words.length;
  const changed = (change: (word: string) => string[]): string =>
    words.flatMap((word, index) => (index === place ? change(word) : [word])).join(' ');
  const other = references[draw('other') % references.length]!;
  switch (draw('kind') % 8) {
    case 0:
    case 1:
    case 2:
      return reference;
    case 3:
      return changed(() => []);
    case 4:
      return changed((word) => [misspelt(word, draw)]);
    case 5:
      return changed((word) => [word, wordsOf(other)[draw('word') % wordsOf(other).length]!]);
    case 6:
      return other;
    default:
      return words.map((word) => misspelt(word, draw)).join(' ');
  }
}

function misspelt(word: string, draw: (...path: (string | number)[]) => number): string {
  const at = draw('at', word) % word.length;
  const letter = letters[draw('letter', word) % letters.length]!;
  const replacement = draw('how', word) % 2 === 0 ? '' : letter;
  return `${word.slice(0, at)}${replacement}${word.slice(at + 1)}`;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

function vocabulary(references: readonly string[]): string[] {
  const fences = ['reference', 'answer'].flatMap((label) => [`[begin ${label} `, `[end ${label} `]);
  const hexadecimal = [...'0123456789abcdef'];
  // The marks of the fences are random: two digits for a token keep prompts short.
  const pairs = hexadecimal.flatMap((first) => hexadecimal.map((second) => `${first}${second}`));
  const characters = references.flatMap((reference) => [...reference]);
  return [
    ...new Set([...fences, 'VERDICT agreement=', 'more', ...references.flatMap(wordsOf), ...pairs]),
    ...new Set([...characters, ...letters, ...'0123456789 ]\n+-']),
  ].filter((token, index, all) => all.indexOf(token) === index);
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
