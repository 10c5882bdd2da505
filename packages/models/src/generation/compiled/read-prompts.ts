import { type BodyResult, type ParameterTree, type Program, type ProgramFunction, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';
import { causalMask, tokenPositions } from '../../decoder/attention-mask.ts';
import { runDecoder } from '../../decoder/decoder.ts';
import { logits } from '../../forward-hidden.ts';
import { cacheBytes } from '../cache-bytes.ts';
import type { PromptsRead } from '../prompt-queue.ts';
import { bucketOf } from './buckets.ts';

// R = prompts, T = tokens of the longest prompt, filled up to a bucket; K = key-value heads, D = width of a head.

type PromptInputs = {
  /** Prompts at the end of their rows; `[R,T]` int32. */
  readonly tokens: tf.Tensor;
  /** `[R,T]` */
  readonly attentionMask: tf.Tensor;
};

/** What reading prompts gives, as tensors. */
export type PromptOutputs = {
  /** Of the token after each prompt, `[R,V]`. */
  readonly logits: tf.Tensor;
  /** By layer, `[R·K,T,D]` each. */
  readonly keys: readonly tf.Tensor[];
  readonly values: readonly tf.Tensor[];
};

/** Prompts that were read; they end at the last of `time` columns. */
export interface PromptBlock extends PromptsRead {
  readonly outputs: PromptOutputs;
  readonly time: number;
}

/** A function that reads prompts, compiled once per bucket of rows and of length. */
export function promptReader(program: Program, config: ModelConfig): ProgramFunction<PromptInputs, PromptOutputs> {
  const body = (variables: ParameterTree, inputs: PromptInputs): BodyResult<PromptOutputs> => {
    const attentionMask = inputs.attentionMask as tf.Tensor2D;
    const [rows, time] = attentionMask.shape;
    const { hidden, present } = runDecoder(config, variables, {
      tokens: inputs.tokens as tf.Tensor2D,
      positions: tokenPositions(attentionMask),
      mask: causalMask(attentionMask),
    });
    const byRow: tf.Tensor3D = tf.reshape(hidden, [rows, time, config.hiddenSize]);
    const last: tf.Tensor2D = tf.reshape(tf.slice(byRow, [0, time - 1, 0], [rows, 1, config.hiddenSize]), [
      rows,
      config.hiddenSize,
    ]);
    return {
      outputs: {
        logits: logits(config, variables, last),
        keys: present.map(({ keys }) => keys),
        values: present.map(({ values }) => values),
      },
    };
  };
  return program.define('read_prompts', body);
}

/** Reads prompts together, in a bucket of rows and of length. */
export async function readPrompts(
  config: ModelConfig,
  read: ProgramFunction<PromptInputs, PromptOutputs>,
  { prompts, padTokenId }: { readonly prompts: readonly Int32Array[]; readonly padTokenId: number },
): Promise<PromptBlock> {
  const rows = bucketOf(prompts.length);
  const time = promptColumns(Math.max(...prompts.map(({ length }) => length)));
  const tokens = new Int32Array(rows * time).fill(padTokenId);
  const mask = new Int32Array(rows * time);
  for (let row = 0; row < rows; row++) {
    // A row that nobody asked for is a prompt, too: it has a token to look at.
    const prompt = prompts[row] ?? Int32Array.of(padTokenId);
    tokens.set(prompt, (row + 1) * time - prompt.length);
    mask.fill(1, (row + 1) * time - prompt.length, (row + 1) * time);
  }
  const inputs = {
    tokens: tf.tensor2d(tokens, [rows, time], 'int32'),
    attentionMask: tf.tensor2d(mask, [rows, time], 'int32'),
  };
  const outputs = await read(inputs).finally(() => tf.dispose(inputs));
  return {
    outputs,
    time,
    bytes: cacheBytes(config, { sequences: rows, tokens: time }),
    dispose: () => tf.dispose(outputs as unknown as tf.TensorContainer),
  };
}

/** Columns that prompts of this length take. */
export function promptColumns(length: number): number {
  return bucketOf(Math.max(length, shortestBucket));
}

const shortestBucket = 8;
