import { tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import type { KeysAndValues } from '../decoder/attention.ts';
import { cacheBytes, maxPrefillTokens } from './cache-bytes.ts';
import { prefill } from './decode.ts';
import type { Sequence } from './sequence.ts';

/** A sequence whose prompt was read: row `row` of `present`, with the logits of its first token. */
export interface ReadSequence {
  readonly sequence: Sequence;
  readonly row: number;
  readonly logits: Float32Array;
}

/** Prompts that were read together, and the sequences that wait to start from them. */
interface ReadPrompts {
  readonly present: readonly KeysAndValues[];
  readonly waiting: ReadSequence[];
  readonly bytes: number;
}

/** Sequences in the order they start, and the cache of prompts that were read and are still needed. Owns that cache. */
export interface PromptQueue {
  /** Sequences that have not started. */
  readonly size: number;
  /** Whether the next sequence can start without reading a prompt. */
  readonly isNextRead: boolean;
  /** Distinct prompts read so far. */
  readonly promptsRead: number;
  /** What read prompts hold in memory. */
  readonly bytes: number;
  /** Up to `count` sequences that start now; more than none while there are any. Their cache is `present` until `release`. */
  next(
    count: number,
  ): Promise<{ readonly present: readonly KeysAndValues[]; readonly started: readonly ReadSequence[] }>;
  /** Frees the cache of prompts that nobody waits for. */
  release(): void;
  dispose(): void;
}

/**
 * Equal prompts are read once, whatever the number of sequences and however late they start. Prompts of like length are
 * read together, as that takes the least padding.
 */
export function promptQueue(
  model: ModelWeights,
  sequences: readonly Sequence[],
  options: { readonly padTokenId: number },
): PromptQueue {
  const order = [...sequences].sort((a, b) => a.prompt.length - b.prompt.length || compare(a.prompt, b.prompt));
  let position = 0;
  let promptsRead = 0;
  let read: ReadPrompts | undefined;

  const readNext = async (count: number): Promise<ReadPrompts> => {
    const taken = takeTogether(order.slice(position), count);
    const { prompts, rows } = distinctPrompts(taken);
    position += taken.length;
    promptsRead += prompts.length;
    const { logits, present } = prefill(model.config, model.parameters, { prompts, padTokenId: options.padTokenId });
    const size = logits.shape[1];
    read = {
      present,
      waiting: [],
      bytes: cacheBytes(model.config, { sequences: prompts.length, tokens: present[0]?.keys.shape[1] ?? 0 }),
    };
    const values = await logits.data<'float32'>().finally(() => logits.dispose());
    taken.forEach((sequence, i) => {
      const row = rows[i] as number;
      read?.waiting.push({ sequence, row, logits: values.subarray(row * size, (row + 1) * size) });
    });
    return read;
  };
  const dispose = (): void => {
    tf.dispose(read?.present as tf.TensorContainer);
    read = undefined;
  };
  return {
    get size() {
      return order.length - position + (read?.waiting.length ?? 0);
    },
    get isNextRead() {
      return (read?.waiting.length ?? 0) > 0;
    },
    get promptsRead() {
      return promptsRead;
    },
    get bytes() {
      return read?.bytes ?? 0;
    },
    async next(count) {
      const { present, waiting } = read ?? (await readNext(count));
      return { present, started: waiting.splice(0, count) };
    },
    release() {
      if (read?.waiting.length === 0) dispose();
    },
    dispose,
  };
}

/** The first `count` sequences and those that share a prompt with the last of them, as far as one pass reads them. */
function takeTogether(sequences: readonly Sequence[], count: number): Sequence[] {
  const taken: Sequence[] = [];
  let prompts = 0;
  for (const sequence of sequences) {
    const isSame = taken.at(-1) !== undefined && compare(sequence.prompt, taken.at(-1)?.prompt as Int32Array) === 0;
    if (!isSame) {
      if (taken.length >= count || (prompts > 0 && (prompts + 1) * sequence.prompt.length > maxPrefillTokens)) break;
      prompts++;
    }
    taken.push(sequence);
  }
  return taken;
}

function distinctPrompts(sequences: readonly Sequence[]): {
  readonly prompts: readonly Int32Array[];
  readonly rows: readonly number[];
} {
  const prompts: Int32Array[] = [];
  const rows = sequences.map(({ prompt }) => {
    const last = prompts.at(-1);
    if (last === undefined || compare(last, prompt) !== 0) prompts.push(prompt);
    return prompts.length - 1;
  });
  return { prompts, rows };
}

function compare(a: Int32Array, b: Int32Array): number {
  if (a.length !== b.length) return a.length - b.length;
  const place = a.findIndex((token, i) => token !== b[i]);
  return place < 0 ? 0 : (a[place] as number) - (b[place] as number);
}
