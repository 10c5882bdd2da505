import type { GenerationRequest, GenerationResult, Message, RolloutEngine, Tokenizer } from '@rlloom/spec';
import { type JudgeAnswer, JudgeFailure, type JudgeModel } from './judge-model.ts';

/** Options of `createEngineJudge`. */
export interface EngineJudgeOptions {
  readonly engine: RolloutEngine;
  readonly tokenizer: Tokenizer;
  /** `chat` = the chat template, `plain` = the message contents, one after the other. Default: chat if there is a template. */
  readonly promptFormat?: 'chat' | 'plain';
  /** Most judgements generated together. Default 32 */
  readonly maxBatchSize?: number;
  /** Strings that end an answer. */
  readonly stopStrings?: readonly string[];
  /** Names the weights for the cache of answers. Default: none, so that nothing is cached, since weights change. */
  readonly cacheKey?: string;
}

interface Asked {
  readonly request: GenerationRequest;
  readonly signal: AbortSignal;
  readonly resolve: (result: GenerationResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A judge in this process: an engine that generates judgements, such as the policy itself or a generative reward model
 * that was trained here. Judgements asked for while others are generated wait and go together in the next batch. It promises no
 * JSON Schema: judgements are asked for as a line.
 *
 * @throws JudgeFailure `answer` for a prompt that leaves no room for an answer
 */
export function createEngineJudge(options: EngineJudgeOptions): JudgeModel {
  const { engine, tokenizer, maxBatchSize = 32, stopStrings, cacheKey } = options;
  const promptFormat = options.promptFormat ?? (tokenizer.hasChatTemplate ? 'chat' : 'plain');
  const queue: Asked[] = [];
  let isGenerating = false;

  const generateBatch = async (batch: readonly Asked[]): Promise<void> => {
    const stop = new AbortController();
    const stopIfUnwanted = (): void => {
      if (batch.every(({ signal }) => signal.aborted)) stop.abort();
    };
    for (const { signal } of batch) signal.addEventListener('abort', stopIfUnwanted);
    try {
      const results = await engine.generate(
        batch.map(({ request }) => request),
        { signal: stop.signal },
      );
      for (const [index, { resolve }] of batch.entries()) resolve(results[index]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      for (const { signal } of batch) signal.removeEventListener('abort', stopIfUnwanted);
    }
  };

  const run = async (): Promise<void> => {
    if (isGenerating) return;
    isGenerating = true;
    // Those that are asked for in the same turn of the event loop belong together.
    await new Promise((resolve) => setImmediate(resolve));
    while (queue.length > 0) {
      const batch = queue.splice(0, maxBatchSize).filter(({ signal }) => !signal.aborted);
      if (batch.length > 0) await generateBatch(batch);
    }
    isGenerating = false;
  };

  const generate = (request: GenerationRequest, signal: AbortSignal): Promise<GenerationResult> =>
    new Promise((resolve, reject) => {
      const onAbort = (): void => reject(new JudgeFailure('stopped', 'stopped', signal.reason));
      if (signal.aborted) return onAbort();
      signal.addEventListener('abort', onAbort, { once: true });
      const settled = (): void => signal.removeEventListener('abort', onAbort);
      queue.push({
        request,
        signal,
        resolve: (result) => (settled(), resolve(result)),
        reject: (error) => (settled(), reject(error instanceof Error ? error : new Error(String(error)))),
      });
      void run();
    });

  const judge: JudgeModel = async (messages, { maxTokens, temperature, seed, signal, responseSchema }) => {
    if (responseSchema !== undefined) throw new JudgeFailure('schema', 'an engine promises no schema');
    const promptTokens = encode(messages, tokenizer, promptFormat);
    const room = engine.capabilities.maxSequenceLength - promptTokens.length;
    if (room < 1) throw new JudgeFailure('answer', `the prompt of ${promptTokens.length} tokens leaves no room`);
    const sampling = {
      ...{ temperature: temperature ?? 1, topK: 0, topP: 1, minP: 0, maxNewTokens: Math.min(maxTokens, room) },
      ...(stopStrings !== undefined && { stopStrings }),
    };
    const result = await generate({ promptTokens, sampling, seed: seed ?? 0 }, signal);
    if (result.stopReason === 'abort') throw new JudgeFailure('stopped', 'the engine was stopped');
    const answer: JudgeAnswer = {
      text: tokenizer.decode(result.tokens, { skipSpecialTokens: true }),
      promptTokens: promptTokens.length,
      completionTokens: result.tokens.length,
    };
    return answer;
  };
  return cacheKey === undefined ? judge : Object.assign(judge, { cacheKey });
}

function encode(messages: readonly Message[], tokenizer: Tokenizer, format: 'chat' | 'plain'): Int32Array {
  return format === 'chat'
    ? tokenizer.encodeChat(messages, { addGenerationPrompt: true })
    : tokenizer.encode(messages.map(({ content }) => content).join('\n'));
}
