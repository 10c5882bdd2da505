import { type Metrics, type Policy, RlloomError, type Task, type Tokenizer, type TrainingSequence } from '@rlloom/spec';
import type { SftConfig } from './sft.config.ts';

/** How demonstrations become tokens. */
export interface DemonstrationOptions {
  readonly tokenizer: Tokenizer;
  readonly promptFormat: 'chat' | 'plain';
  /** Longest accepted prompt + answer, in tokens. */
  readonly maxLength: number;
}

/**
 * A record as a training sequence: the prompt is made exactly as rollouts make it, then come the answer's tokens
 * and one end-of-sequence token. Only answer and end train.
 *
 * @throws RlloomError `data` when the last message is not the assistant's, or the record is too long
 */
export function demonstrationSequence(task: Task, options: DemonstrationOptions): TrainingSequence {
  const { tokenizer } = options;
  const answer = task.messages.at(-1);
  if (answer?.role !== 'assistant') {
    throw new RlloomError('data', {
      what: 'an SFT record must end with an assistant message',
      where: place(task),
      fix: 'add the answer as the last message, with role "assistant"',
    });
  }
  const before = task.messages.slice(0, -1);
  const prompt =
    options.promptFormat === 'chat'
      ? tokenizer.encodeChat(before, { addGenerationPrompt: true })
      : tokenizer.encode(before.map((message) => message.content).join('\n'));
  const end = tokenizer.eosTokenIds.slice(0, 1);
  const tokens = Int32Array.from([...prompt, ...tokenizer.encode(answer.content, { addSpecialTokens: false }), ...end]);
  if (tokens.length > options.maxLength) {
    throw new RlloomError('data', {
      what: `the record has ${tokens.length} tokens, more than ${options.maxLength}`,
      where: place(task),
      fix: 'raise rollout.max_prompt_length or rollout.max_response_length, or shorten the record',
    });
  }
  return { tokens, lossMask: new Uint8Array(tokens.length).fill(1, prompt.length) };
}

/** One supervised optimizer step: the mean loss over the trained tokens of the batch. */
export async function sftStep(step: {
  readonly policy: Policy;
  readonly sequences: readonly TrainingSequence[];
  readonly config: SftConfig;
  readonly learningRate: number;
}): Promise<Metrics> {
  const pass = await step.policy.forwardBackward(
    { sequences: step.sequences },
    { name: 'supervised', options: { kind: step.config.loss } },
  );
  const update = await step.policy.optimizerStep({ learningRate: step.learningRate });
  const tokens = step.sequences.reduce((sum, sequence) => sum + sequence.lossMask.reduce((a, b) => a + b, 0), 0);
  return {
    'sft/loss': pass.metrics['loss'] ?? Number.NaN,
    'sft/entropy': pass.metrics['entropy'] ?? Number.NaN,
    'sft/tokens': tokens,
    'sft/padding_fraction': pass.metrics['padding_fraction'] ?? 0,
    ...prefix(update),
  };
}

function prefix(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`sft/${name}`, value]));
}

function place(task: Task): string {
  return task.source === undefined
    ? `task "${task.id}"`
    : `${task.source.file}:${task.source.line} (task "${task.id}")`;
}
