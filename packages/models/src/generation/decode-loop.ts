import { setImmediate as nextTurn } from 'node:timers/promises';
import { tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import type { KeysAndValues } from '../decoder/attention.ts';
import { cacheBytes, maxPrefillTokens } from './cache-bytes.ts';
import { decodeStep, prefill } from './decode.ts';
import type { GenerationStatistics } from './generation-options.ts';
import { type PromptQueue, promptQueue, type PromptsRead } from './prompt-queue.ts';
import type { DetailedToken } from './sample-token.ts';
import type { Sequence } from './sequence.ts';
import { type Placement, SlotCache } from './slot-cache.ts';

/** A sequence that has a new token, or was aborted and has none. */
export interface Advance {
  readonly sequence: Sequence;
  readonly draw: DetailedToken | undefined;
}

/** Options of {@link decodeLoop}. */
export interface DecodeLoopOptions {
  readonly batchSize: number;
  /** Cached tokens of the longest sequence at its end. */
  readonly longestSequence: number;
  readonly padTokenId: number;
  readonly signal: AbortSignal | undefined;
  /** Asked between two passes: true leaves the loop with all sequences as they are. */
  readonly isHalted?: (() => boolean) | undefined;
  /** Awaited before each pass: lets others run. Default: one turn of the event loop. */
  readonly giveTurn?: (() => Promise<unknown>) | undefined;
  readonly onStatistics: ((statistics: GenerationStatistics) => void) | undefined;
}

/**
 * Continues sequences until all have ended, and gives those that advanced after each pass. A slot whose sequence has
 * ended is given to the next one that waits; when none waits the batch becomes smaller. Leaving the iteration frees
 * everything.
 */
export async function* decodeLoop(
  model: ModelWeights,
  sequences: readonly Sequence[],
  options: DecodeLoopOptions,
): AsyncGenerator<readonly Advance[], void, undefined> {
  const queue = promptQueue(sequences, {
    read: (prompts) => readPrompts(model, prompts, options.padTokenId),
    maxTokens: maxPrefillTokens,
  });
  const batch = new Batch(model, options);
  const weights = new Float64Array(model.config.vocabularySize);
  const { giveTurn = nextTurn } = options;
  try {
    for (;;) {
      await giveTurn();
      if (options.signal?.aborted === true) {
        yield abortAll(sequences);
        return;
      }
      if (options.isHalted?.() === true) return;
      if (batch.shouldRefill(queue)) yield await batch.refill(queue, weights);
      else if (batch.running > 0) yield await batch.step(weights);
      else return;
    }
  } finally {
    options.onStatistics?.({ ...batch.statistics, batchSize: options.batchSize, prompts: queue.promptsRead });
    queue.dispose();
    batch.dispose();
  }
}

/** Prompts that were read: keys and values of every layer, and the logits after each prompt. */
interface ReadPrompts extends PromptsRead {
  readonly present: readonly KeysAndValues[];
  readonly logits: (row: number) => Float32Array;
}

async function readPrompts(
  { config, parameters }: ModelWeights,
  prompts: readonly Int32Array[],
  padTokenId: number,
): Promise<ReadPrompts> {
  const { logits, present } = prefill(config, parameters, { prompts, padTokenId });
  const size = logits.shape[1];
  const dispose = (): void => tf.dispose(present);
  try {
    const values = await logits.data<'float32'>().finally(() => logits.dispose());
    return {
      present,
      logits: (row) => values.subarray(row * size, (row + 1) * size),
      bytes: cacheBytes(config, { sequences: prompts.length, tokens: present[0]?.keys.shape[1] ?? 0 }),
      dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Ends all that have not ended. */
export function abortAll(sequences: readonly Sequence[]): Advance[] {
  const running = sequences.filter(({ stopReason }) => stopReason === undefined);
  for (const sequence of running) sequence.abort();
  return running.map((sequence) => ({ sequence, draw: undefined }));
}

// Reading a prompt alone costs nearly as much as reading several: it waits until this share of the slots is free.
export const refillShare = 1 / 8;
// Leaving slots copies the cache once; ended sequences up to this share are cheaper to carry along.
const compactBelow = 7 / 8;
// Tokens by which slots grow: each growth copies the cache, and what is not used yet is computed and hidden.
const growth = 32;

/** The sequences that decode together, and their cache. */
class Batch {
  readonly #model: ModelWeights;
  readonly #options: DecodeLoopOptions;
  #slots: (Sequence | undefined)[];
  #cache: SlotCache | undefined;
  #decodeSteps = 0;
  #decodedTokens = 0;
  #peakCacheBytes = 0;

  constructor(model: ModelWeights, options: DecodeLoopOptions) {
    this.#model = model;
    this.#options = options;
    this.#slots = new Array<undefined>(options.batchSize).fill(undefined);
  }

  get running(): number {
    return this.#slots.filter((sequence) => sequence !== undefined).length;
  }

  get statistics(): Pick<GenerationStatistics, 'decodeSteps' | 'decodedTokens' | 'peakCacheBytes'> {
    return {
      decodeSteps: this.#decodeSteps,
      decodedTokens: this.#decodedTokens,
      peakCacheBytes: this.#peakCacheBytes,
    };
  }

  shouldRefill(queue: PromptQueue<ReadPrompts>): boolean {
    const free = this.#slots.length - this.running;
    if (queue.size === 0 || free === 0) return false;
    return queue.isNextRead || this.running === 0 || free >= this.#slots.length * refillShare;
  }

  /** Starts sequences that wait; those that do not end with their first token get the free slots. */
  async refill(queue: PromptQueue<ReadPrompts>, weights: Float64Array): Promise<Advance[]> {
    const free = [...this.#slots.keys()].filter((slot) => this.#slots[slot] === undefined);
    const { read, started } = await queue.next(free.length);
    const placements: Placement[] = [];
    const advanced = started.map(({ sequence, row }): Advance => {
      const draw = sequence.extend(read.logits(row), weights);
      if (sequence.stopReason === undefined) {
        const slot = free[placements.length] as number;
        placements.push({ slot, row, length: sequence.prompt.length });
        this.#slots[slot] = sequence;
      }
      return { sequence, draw };
    });
    if (placements.length > 0) this.#withRoom(queue.bytes).place(read.present, placements);
    queue.release();
    return advanced;
  }

  /** One more token for every running sequence. */
  async step(weights: Float64Array): Promise<Advance[]> {
    this.#compact();
    const cache = this.#withRoom(0);
    const slots = this.#slots;
    const logits = tf.tidy(() => {
      // A slot without a sequence is computed and ignored, as one token at the start.
      const lengths = slots.map((sequence) => (sequence === undefined ? 0 : cachedTokens(sequence)));
      cache.beginStep(lengths);
      return decodeStep(this.#model.config, this.#model.parameters, {
        tokens: slots.map((sequence) => sequence?.tokens.at(-1) ?? this.#options.padTokenId),
        positions: lengths,
        cache,
      });
    });
    const size = logits.shape[1];
    const values = await logits.data<'float32'>().finally(() => logits.dispose());
    this.#decodeSteps++;
    this.#decodedTokens += this.running;
    return slots.flatMap((sequence, slot): Advance[] => {
      if (sequence === undefined) return [];
      const draw = sequence.extend(values.subarray(slot * size, (slot + 1) * size), weights);
      if (sequence.stopReason !== undefined) slots[slot] = undefined;
      return [{ sequence, draw }];
    });
  }

  dispose(): void {
    this.#cache?.dispose();
  }

  #compact(): void {
    if (this.running > this.#slots.length * compactBelow) return;
    const kept = [...this.#slots.keys()].filter((slot) => this.#slots[slot] !== undefined);
    this.#cache?.keep(kept);
    this.#slots = kept.map((slot) => this.#slots[slot]);
  }

  /** The cache, with room for one more token of every sequence; `others`: bytes of keys and values beside it. */
  #withRoom(others: number): SlotCache {
    const needed =
      1 + Math.max(...this.#slots.map((sequence) => (sequence === undefined ? 0 : cachedTokens(sequence))));
    const capacity = Math.min(Math.ceil(needed / growth) * growth, this.#options.longestSequence);
    if (this.#cache === undefined) {
      this.#cache = new SlotCache(this.#model.config, { slots: this.#slots.length, capacity });
    } else if (needed > this.#cache.capacity) {
      this.#cache.grow(capacity);
    }
    this.#peakCacheBytes = Math.max(this.#peakCacheBytes, this.#cache.bytes + others);
    return this.#cache;
  }
}

/** Tokens of a sequence whose keys and values are known: all but the last. */
function cachedTokens({ prompt, tokens }: Sequence): number {
  return prompt.length + tokens.length - 1;
}
