import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { tf } from '@rlloom/tensor';
import { CausalLanguageModel } from '../causal-language-model.ts';
import { planBatchSize } from './cache-bytes.ts';
import { checkRequests } from './check-requests.ts';
import { compiledLoop } from './compiled/compiled-loop.ts';
import {
  type CompiledDemand,
  coversRequests,
  leastNewTokens,
  leastRequests,
  mostColumns,
  planCompiledBatch,
} from './compiled/plan-compiled.ts';
import { type Advance, decodeLoop, type DecodeLoopOptions } from './decode-loop.ts';
import type { GenerateOptions } from './generation-options.ts';
import type { GenerateRequest, GenerateResult } from './generation-request.ts';
import type { DetailedToken } from './sample-token.ts';
import { type Sequence, startSequence } from './sequence.ts';

/**
 * Continues prompts, many at a time, with a cache of keys and values. Equal prompts are read once; when a sequence ends
 * the next one takes its place in the batch.
 *
 * Each request draws from its own random stream, so its tokens do not depend on the other requests, but for the
 * rounding of float32 sums over a longer row.
 *
 * @returns one result per request, in their order; after an abort those that had not ended have stop reason `abort`
 * @throws RlloomError before anything is computed: kind `rollout` for a prompt that is empty or does not fit the
 * model, kind `config` for sampling parameters, or a batch that does not fit the memory limit; kind `health` when the
 * model's logits are not finite
 */
export async function generate(
  model: ModelWeights,
  requests: readonly GenerateRequest[],
  options: GenerateOptions = {},
): Promise<GenerateResult[]> {
  const { sequences, advances } = start(model, requests, { ...options, streams: false });
  const report = progressReport(sequences, options);
  for await (const _ of advances) report();
  return sequences.map((sequence) => sequence.result());
}

/** A step of one generation. */
export interface GenerationPiece {
  /** Index of the request. */
  readonly request: number;
  /** The new token with its log-probs; none where an abort ended the generation. */
  readonly draw?: DetailedToken;
  /**
   * With `text`: what has become certain. Never ends within a character, and with `before-stop` nothing of a stop
   * string is in it. The pieces of a request make the text of its result.
   */
  readonly text?: string;
  /** With the last piece of a request: all of it. */
  readonly result?: GenerateResult;
}

/**
 * `generate`, token by token: pieces of all requests as they come, each request's in order. Leaving the loop, or an
 * abort, ends the work and frees what it holds.
 *
 * @throws RlloomError as `generate`, at the first step
 * @example
 * ```ts
 * for await (const { text, result } of generateStream(model, [request], { tokenizer, text: 'whole' })) {
 *   process.stdout.write(text ?? '');
 *   if (result) console.log(result.stopReason);
 * }
 * ```
 */
export async function* generateStream(
  model: ModelWeights,
  requests: readonly GenerateRequest[],
  options: GenerateOptions = {},
): AsyncGenerator<GenerationPiece, void, undefined> {
  const { sequences, advances } = start(model, requests, { ...options, streams: true });
  const report = progressReport(sequences, options);
  for await (const advanced of advances) {
    report();
    // What a sequence is at this step; the next is not computed before all pieces are taken.
    for (const advance of advanced) yield pieceOf(advance, options);
  }
}

function start(
  model: ModelWeights,
  requests: readonly GenerateRequest[],
  options: GenerateOptions & { readonly streams: boolean },
): { readonly sequences: readonly Sequence[]; readonly advances: AsyncIterable<readonly Advance[]> } {
  checkRequests(model.config, requests);
  const eosTokenIds = options.eosTokenIds ?? model.config.eosTokenIds;
  const sequences = requests.map((request, index) => startSequence(request, index, { ...options, eosTokenIds }));
  return { sequences, advances: advancesOf(model, sequences, options) };
}

/**
 * Continues sequences that have no new tokens yet, compiled or not as the options say.
 *
 * @throws RlloomError as `generate`
 */
export function advancesOf(
  model: ModelWeights,
  sequences: readonly Sequence[],
  options: GenerateOptions & Pick<DecodeLoopOptions, 'giveTurn' | 'isHalted'> & { readonly streams: boolean },
): AsyncIterable<readonly Advance[]> {
  if (sequences.length === 0) return nothing();
  const demand = {
    sequences: sequences.length,
    longestPrompt: Math.max(...sequences.map(({ prompt }) => prompt.length)),
    longestSequence: Math.max(...sequences.map(({ prompt, maxNewTokens }) => prompt.length + maxNewTokens - 1)),
    longestNewTokens: Math.max(...sequences.map(({ maxNewTokens }) => maxNewTokens)),
  };
  const common = {
    padTokenId: options.padTokenId ?? model.config.padTokenId ?? 0,
    signal: options.signal,
    isHalted: options.isHalted,
    giveTurn: options.giveTurn,
    onStatistics: options.onStatistics,
  };
  const compiled = compiledBatch(model, sequences, { ...options, demand });
  if (compiled !== undefined) {
    const { rawLogProbs = false, streams } = options;
    const { batchSize } = compiled;
    return compiledLoop(compiled.model, sequences, {
      ...common,
      batchSize,
      mostColumns: mostColumns(demand),
      rawLogProbs,
      streams,
    });
  }
  const batchSize = planBatchSize(model.config, demand, options);
  return decodeLoop(model, sequences, { ...common, ...demand, batchSize });
}

/** The model and the sequences that decode together, where the token loop runs compiled. It depends on the call alone. */
function compiledBatch(
  model: ModelWeights,
  sequences: readonly Sequence[],
  options: GenerateOptions & { readonly demand: CompiledDemand },
): { readonly model: CausalLanguageModel; readonly batchSize: number } | undefined {
  const { compiled = 'auto', demand } = options;
  if (compiled === 'never' || !(model instanceof CausalLanguageModel) || !coversRequests(sequences, options)) return;
  const newTokens = sequences.reduce((sum, { maxNewTokens }) => sum + maxNewTokens, 0);
  const pays = tf.getBackend() === 'tensorflow' && newTokens >= leastNewTokens && sequences.length >= leastRequests;
  const batchSize = compiled === 'auto' && !pays ? undefined : planCompiledBatch(model.config, demand, options);
  if (batchSize === undefined) return;
  // Compiled it takes more memory per sequence: with few of them at a time it would be the slower way.
  if (compiled === 'auto' && 2 * batchSize < planBatchSize(model.config, demand, options)) return;
  return { model, batchSize };
}

async function* nothing(): AsyncGenerator<readonly Advance[], void, undefined> {}

function pieceOf({ sequence, draw }: Advance, options: GenerateOptions): GenerationPiece {
  return {
    request: sequence.index,
    ...(draw !== undefined && { draw }),
    ...(options.text !== undefined && { text: sequence.takeText() }),
    ...(sequence.stopReason !== undefined && { result: sequence.result() }),
  };
}

function progressReport(sequences: readonly Sequence[], { onProgress }: GenerateOptions): () => void {
  let reported = 0;
  return () => {
    const finished = sequences.filter(({ stopReason }) => stopReason !== undefined && stopReason !== 'abort').length;
    if (finished === reported) return;
    reported = finished;
    onProgress?.(finished, sequences.length);
  };
}
