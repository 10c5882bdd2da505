import { setImmediate as nextTurn } from 'node:timers/promises';
import { tf } from '@rlloom/tensor';
import type { KeysAndValues } from '../decoder/attention.ts';
import { runDecoder } from '../decoder/decoder.ts';
import { logits } from '../forward-hidden.ts';
import { checkRequests } from '../generation/check-requests.ts';
import type { GenerateOptions } from '../generation/generation-options.ts';
import type { GenerateRequest, GenerateResult } from '../generation/generation-request.ts';
import { type Sequence, startSequence } from '../generation/sequence.ts';
import { SlotCache } from '../generation/slot-cache.ts';
import type { ImagePatches } from './image-grid.ts';
import { multimodalRotation } from './multimodal-rotation.ts';
import { visionBatch } from './vision-batch.ts';
import { readVisionBatch } from './vision-forward.ts';
import type { VisionLanguageWeights } from './vision-language-model.ts';

// B = sequences, T = tokens of the longest prompt, V = vocabulary.

/** A prompt with images to continue. */
export interface ImageGenerateRequest extends GenerateRequest {
  /** The images of the prompt; its image tokens are theirs (`expandImageTokens`). */
  readonly images?: ImagePatches | undefined;
}

/** Options of {@link generateWithImages}, those of `generate` but for what belongs to its batches. */
export type ImageGenerateOptions = Omit<
  GenerateOptions,
  'onStatistics' | 'onProgress' | 'maxCacheBytes' | 'padTokenId'
>;

/**
 * Continues prompts with images, many at a time, with a cache of keys and values. A prompt that several requests share,
 * tokens and `images` object, is read once, and images that several prompts share go through the vision tower once.
 *
 * @returns one result per request, in their order; after an abort those that had not ended have stop reason `abort`
 * @throws RlloomError before anything is computed as `generate`; kind `data` when image tokens and images do not fit
 */
export async function generateWithImages(
  model: VisionLanguageWeights,
  requests: readonly ImageGenerateRequest[],
  options: ImageGenerateOptions = {},
): Promise<GenerateResult[]> {
  checkRequests(model.config.text, requests);
  const eosTokenIds = options.eosTokenIds ?? model.config.text.eosTokenIds;
  const samples = requests.map((request, index): Sample => {
    return { images: request.images, sequence: startSequence(request, index, { ...options, eosTokenIds }) };
  });
  const batchSize = options.maxBatchSize ?? 64;
  for (let start = 0; start < samples.length; start += batchSize) {
    await generateBatch(model, samples.slice(start, start + batchSize), options.signal);
  }
  return samples.map(({ sequence }) => sequence.result());
}

interface Sample {
  readonly images: ImagePatches | undefined;
  readonly sequence: Sequence;
}

/** A sample in a slot of the cache. */
interface Running extends Sample {
  /** Position of the first new token. */
  readonly firstPosition: number;
}

// Tokens by which the cache grows: each growth copies it, and what is not used yet is computed and hidden.
const growth = 32;
// Leaving slots copies the cache once; ended sequences up to this share are cheaper to carry along.
const compactBelow = 7 / 8;

async function generateBatch(
  model: VisionLanguageWeights,
  samples: readonly Sample[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const weights = new Float64Array(model.config.text.vocabularySize);
  const longest = Math.max(...samples.map(({ sequence }) => sequence.prompt.length + sequence.maxNewTokens - 1));
  const isAborted = (): boolean => {
    if (signal?.aborted !== true) return false;
    for (const { sequence } of samples) sequence.abort();
    return true;
  };
  if (isAborted()) return;
  const started = await startBatch(model, samples, weights);
  let { running } = started;
  const { cache } = started;
  try {
    for (;;) {
      await nextTurn();
      if (isAborted()) return;
      const open = [...running.keys()].filter((slot) => running[slot]?.sequence.stopReason === undefined);
      if (open.length === 0) return;
      if (open.length <= running.length * compactBelow) {
        cache.keep(open);
        running = open.map((slot) => running[slot] as Running);
      }
      const needed = Math.max(...running.map(cachedTokens)) + 1;
      if (needed > cache.capacity) cache.grow(Math.min(Math.ceil(needed / growth) * growth, longest));
      await extendAll(running, step(model, running, cache), weights);
    }
  } finally {
    cache.dispose();
  }
}

/** Reads the prompts and draws the first token of every sample. */
async function startBatch(
  model: VisionLanguageWeights,
  samples: readonly Sample[],
  weights: Float64Array,
): Promise<{ readonly running: readonly Running[]; readonly cache: SlotCache }> {
  const { config } = model;
  const { prompts, rows } = distinctPrompts(samples);
  const read = prefill(model, prompts);
  const longest = Math.max(...samples.map(({ sequence }) => sequence.prompt.length));
  const cache = new SlotCache(config.text, { slots: samples.length, capacity: longest });
  try {
    const placements = samples.map(({ sequence }, slot) => {
      return { slot, row: rows[slot] as number, length: sequence.prompt.length };
    });
    cache.place(read.present, placements);
    await extendAll(
      samples,
      tf.tidy(() => tf.gather(read.logits, tf.tensor1d([...rows], 'int32'))),
      weights,
    );
    const running = samples.map((sample, slot) => {
      return { ...sample, firstPosition: read.nextPositions[rows[slot] as number] as number };
    });
    return { running, cache };
  } catch (error) {
    cache.dispose();
    throw error;
  } finally {
    tf.dispose([read.logits, ...read.present.flatMap(({ keys, values }) => [keys, values])]);
  }
}

interface Prefilled {
  /** After the last token of each prompt. `[B,V]` */
  readonly logits: tf.Tensor2D;
  readonly present: readonly KeysAndValues[];
  readonly nextPositions: readonly number[];
}

// Filled up behind: a token's place in the cache is then its place in the sequence.
function prefill({ config, parameters }: VisionLanguageWeights, prompts: readonly Sample[]): Prefilled {
  const sequences = prompts.map(({ sequence, images }) => ({ tokens: sequence.prompt, images }));
  const batch = visionBatch(config, sequences, { padSide: 'right' });
  const read = tf.tidy(() => {
    const { hidden, present } = readVisionBatch(config, parameters, batch);
    const lastPlaces = sequences.map(({ tokens }, row) => row * batch.time + tokens.length - 1);
    const last: tf.Tensor2D = tf.gather(hidden, tf.tensor1d(lastPlaces, 'int32'));
    return { logits: logits(config.text, parameters, last), present };
  });
  return { ...read, nextPositions: batch.nextPositions };
}

/** Logits after one more token of every sequence, `[B,V]`; a sequence that has ended is computed and ignored. */
function step(
  { config, parameters }: VisionLanguageWeights,
  running: readonly Running[],
  cache: SlotCache,
): tf.Tensor2D {
  return tf.tidy(() => {
    cache.beginStep(running.map(cachedTokens));
    const positions = running.flatMap(({ sequence, firstPosition }) => {
      const position = firstPosition + sequence.tokens.length - 1;
      return [position, position, position];
    });
    const { hidden } = runDecoder(config.text, parameters, {
      tokens: tf.tensor2d(
        running.map(({ sequence }) => sequence.tokens.at(-1) as number),
        [running.length, 1],
        'int32',
      ),
      rotation: multimodalRotation(config, tf.tensor2d(positions, [running.length, 3])),
      past: cache,
    });
    return logits(config.text, parameters, hidden);
  });
}

/** Draws the next token of every sequence that has not ended from its row of logits, and frees the logits. */
async function extendAll(samples: readonly Sample[], rows: tf.Tensor2D, weights: Float64Array): Promise<void> {
  const size = rows.shape[1];
  const values = await rows.data<'float32'>().finally(() => rows.dispose());
  for (const [row, { sequence }] of samples.entries()) {
    if (sequence.stopReason === undefined) sequence.extend(values.subarray(row * size, (row + 1) * size), weights);
  }
}

/** Tokens of a sequence whose keys and values are known: all but the last. */
function cachedTokens({ sequence }: Sample): number {
  return sequence.prompt.length + sequence.tokens.length - 1;
}

/** The samples whose prompts differ, and for every sample the place of its prompt among them. */
function distinctPrompts(samples: readonly Sample[]): {
  readonly prompts: readonly Sample[];
  readonly rows: readonly number[];
} {
  const prompts: Sample[] = [];
  const rows = samples.map((sample) => {
    const key = sample.sequence.prompt.join();
    const place = prompts.findIndex((other) => other.images === sample.images && other.sequence.prompt.join() === key);
    return place < 0 ? prompts.push(sample) - 1 : place;
  });
  return { prompts, rows };
}
