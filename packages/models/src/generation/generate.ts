import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GenerationRequest, GenerationResult, StopReason } from '@rlloom/spec';
import type { tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { type DecodeStep, decodeStep, prefill } from './decode.ts';
import { checkRequests, type GenerateOptions } from './generation-options.ts';
import { disposeCache, type KeyValueCache, selectSequences } from './key-value-cache.ts';
import { randomStream } from './random-stream.ts';
import { sampleToken } from './sample-token.ts';
import { type StopCondition, stopCondition } from './stop-condition.ts';

/**
 * Continues prompts, many at a time, with a cache of keys and values. Equal prompts are read once; sequences that
 * have ended leave the batch.
 *
 * Each request draws from its own random stream, so its tokens do not depend on the other requests, but for the
 * rounding of float32 sums over a padded row.
 *
 * @returns one result per request, in their order
 * @throws RlloomError before anything is computed: kind `rollout` for a prompt that is empty or does not fit the
 * model, kind `config` for sampling parameters; kind `health` when the model's logits are not finite
 */
export async function generate(
  model: ModelWeights,
  requests: readonly GenerationRequest[],
  options: GenerateOptions = {},
): Promise<GenerationResult[]> {
  checkRequests(model.config, requests);
  const samples = requests.map((request) => startSample(request, model, options));
  const order = [...samples].sort((a, b) => a.prompt.length - b.prompt.length || compare(a.prompt, b.prompt));
  const batchSize = options.maxBatchSize ?? 64;
  const report = progressReport(samples, options);
  for (let start = 0; start < order.length; start += batchSize) {
    await generateBatch(model, order.slice(start, start + batchSize), { ...options, report });
  }
  return samples.map((sample) => finishSample(sample, options.policyVersion ?? 0));
}

/** A sequence that is being written. */
interface Sample {
  readonly request: GenerationRequest;
  readonly prompt: Int32Array;
  readonly random: () => number;
  readonly stopAfter: StopCondition;
  readonly tokens: number[];
  readonly logProbs: number[];
  readonly samplingLogProbs: number[];
  stopReason: StopReason | undefined;
}

/** Sequences that decode together. Row i of the cache belongs to `rows[i]`. */
interface Batch {
  readonly rows: readonly Sample[];
  readonly paddings: readonly number[];
  readonly cache: KeyValueCache;
}

type BatchOptions = GenerateOptions & { readonly report: () => void };

async function generateBatch(model: ModelWeights, samples: readonly Sample[], options: BatchOptions): Promise<void> {
  if (isAborted(samples, options)) return;
  const { list: prompts, indices } = distinctPrompts(samples);
  const padTokenId = options.padTokenId ?? model.config.padTokenId ?? 0;
  const { logits, cache } = prefill(model.config, model.parameters, { prompts, padTokenId });
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  let batch: Batch = { rows: samples, paddings: samples.map(({ prompt }) => longest - prompt.length), cache };
  try {
    await extend(samples, logits, indices);
    batch = withoutEnded(model, batch, indices);
    for (;;) {
      options.report();
      await nextTurn();
      if (isAborted(samples, options)) return;
      const running = batch.rows.filter((sample) => sample.stopReason === undefined).length;
      if (running === 0) return;
      if (running <= batch.rows.length * compactBelow) batch = withoutEnded(model, batch, [...batch.rows.keys()]);
      const output = decodeStep(model.config, model.parameters, nextStep(batch));
      disposeCache(batch.cache);
      batch = { ...batch, cache: output.cache };
      await extend(batch.rows, output.logits, [...batch.rows.keys()]);
    }
  } finally {
    disposeCache(batch.cache);
  }
}

// Leaving a batch copies the cache once; ended rows up to this share are cheaper to carry along.
const compactBelow = 7 / 8;

/** The batch of the rows that still run; `sources[row]` is the place of a row in the present cache. */
function withoutEnded(model: ModelWeights, batch: Batch, sources: readonly number[]): Batch {
  const kept = [...batch.rows.keys()].filter((row) => batch.rows[row]?.stopReason === undefined);
  if (kept.length === 0) return batch;
  const paddings = kept.map((row) => batch.paddings[row] as number);
  const trim = Math.min(...paddings);
  return {
    rows: kept.map((row) => batch.rows[row] as Sample),
    paddings: paddings.map((padding) => padding - trim),
    cache: selectSequences(batch.cache, {
      sequences: kept.map((row) => sources[row] as number),
      keyValueHeads: model.config.numKeyValueHeads,
      trim,
    }),
  };
}

function nextStep({ rows, paddings, cache }: Batch): DecodeStep {
  return {
    tokens: rows.map((sample) => sample.tokens.at(-1) as number),
    // A row that has ended is computed and ignored; its position stays within the model's.
    positions: rows.map((sample) => sample.prompt.length + sample.tokens.length - 1),
    paddings,
    cache,
  };
}

/** Draws the next token of every running sample from the row of logits at `sources`, and frees the logits. */
async function extend(samples: readonly Sample[], logits: tf.Tensor2D, sources: readonly number[]): Promise<void> {
  const size = logits.shape[1];
  const values = await logits.data<'float32'>();
  logits.dispose();
  for (const [index, sample] of samples.entries()) {
    if (sample.stopReason !== undefined) continue;
    const start = (sources[index] as number) * size;
    const row = values.subarray(start, start + size);
    const { token, logProb, samplingLogProb } = sampleToken(row, sample.request.sampling, sample.random);
    sample.tokens.push(token);
    sample.logProbs.push(logProb);
    sample.samplingLogProbs.push(samplingLogProb);
    sample.stopReason = sample.stopAfter(sample.tokens);
  }
}

function startSample(request: GenerationRequest, model: ModelWeights, options: GenerateOptions): Sample {
  const { tokenizer, eosTokenIds = model.config.eosTokenIds } = options;
  return {
    request,
    prompt: Int32Array.from(request.promptTokens),
    random: randomStream(request.seed),
    stopAfter: stopCondition(request.sampling, { eosTokenIds, tokenizer }),
    tokens: [],
    logProbs: [],
    samplingLogProbs: [],
    stopReason: undefined,
  };
}

function finishSample(sample: Sample, policyVersion: number): GenerationResult {
  return {
    tokens: Int32Array.from(sample.tokens),
    logProbs: Float32Array.from(sample.logProbs),
    samplingLogProbs: Float32Array.from(sample.samplingLogProbs),
    policyVersions: new Int32Array(sample.tokens.length).fill(policyVersion),
    stopReason: sample.stopReason ?? 'abort',
  };
}

function isAborted(samples: readonly Sample[], { signal }: GenerateOptions): boolean {
  if (signal?.aborted !== true) return false;
  for (const sample of samples) sample.stopReason ??= 'abort';
  return true;
}

function distinctPrompts(samples: readonly Sample[]): { readonly list: Int32Array[]; readonly indices: number[] } {
  const list: Int32Array[] = [];
  const places = new Map<string, number>();
  const indices = samples.map(({ prompt }) => {
    const key = prompt.join(',');
    const place = places.get(key) ?? list.push(prompt) - 1;
    places.set(key, place);
    return place;
  });
  return { list, indices };
}

function progressReport(samples: readonly Sample[], { onProgress }: GenerateOptions): () => void {
  let reported = 0;
  return () => {
    const finished = samples.filter((sample) => sample.stopReason !== undefined).length;
    if (finished === reported) return;
    reported = finished;
    onProgress?.(finished, samples.length);
  };
}

function compare(a: Int32Array, b: Int32Array): number {
  const place = a.findIndex((token, i) => token !== b[i]);
  return place < 0 ? 0 : (a[place] as number) - (b[place] as number);
}
