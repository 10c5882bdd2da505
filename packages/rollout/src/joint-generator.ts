import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  continueSequences,
  type GenerateRequest,
  type GenerateResult,
  type ModelWeights,
  type Sequence,
  startSequences,
} from '@rlloom/models';
import type { EngineCallOptions, Tokenizer } from '@rlloom/spec';
import { tellTokens } from './tell-tokens.ts';
import { createFairTurns } from './fair-turns.ts';

/** What `createJointGenerator` needs. */
export interface JointGeneratorOptions {
  readonly model: ModelWeights;
  readonly tokenizer: Tokenizer;
  readonly maxBatchSize: number;
  readonly maxCacheBytes?: number;
  readonly compiled?: 'auto' | 'always' | 'never';
  /** Asked for each token as it is drawn. */
  readonly currentVersion: () => number;
}

/** Generates for many callers in one batch, and can be halted between two tokens. */
export interface JointGenerator {
  generate(requests: readonly GenerateRequest[], options?: EngineCallOptions): Promise<GenerateResult[]>;
  /** Stops at the next safe point; resolves when no token is being drawn. Every sequence is kept. */
  halt(): Promise<void>;
  /** Goes on after `halt`, with the weights as they are now. */
  go(): void;
}

/** A call under way. */
interface Call {
  readonly sequences: readonly Sequence[];
  readonly options: EngineCallOptions;
  reported: number;
  isAborted: boolean;
  resolve(results: GenerateResult[]): void;
  reject(error: Error): void;
}

// A call that comes while others run joins them as soon as this share of the places is free: to join, what runs is read
// again, which costs about as much as a few tokens.
const joinShare = 1 / 2;

/**
 * A generator whose calls share one batch. Weights may be changed between `halt` and `go`: sequences go on where they
 * were, under the new weights.
 */
export function createJointGenerator(options: JointGeneratorOptions): JointGenerator {
  const { model, tokenizer, maxBatchSize, maxCacheBytes, compiled, currentVersion } = options;
  const calls = new Set<Call>();
  // Calls whose sequences are in the batch now.
  let drawn: readonly Call[] = [];
  const turns = createFairTurns();
  let isHalted = false;
  let driving: Promise<void> | undefined;

  const settle = (call: Call): void => {
    for (const sequence of call.sequences) tellTokens(sequence, call.options.onTokens);
    const ended = call.sequences.filter(({ stopReason }) => stopReason !== undefined);
    const finished = ended.filter(({ stopReason }) => stopReason !== 'abort').length;
    if (finished !== call.reported) {
      call.reported = finished;
      call.options.onProgress?.(finished, call.sequences.length);
    }
    if (ended.length < call.sequences.length) return;
    calls.delete(call);
    call.resolve(call.sequences.map((sequence) => sequence.result()));
  };
  const abort = (call: Call): void => {
    for (const sequence of call.sequences) sequence.abort();
    settle(call);
  };
  const isJoinDue = (): boolean => {
    if (drawn.length === 0 || [...calls].every((call) => drawn.includes(call))) return false;
    const running = drawn.reduce(
      (sum, { sequences }) => sum + sequences.filter(({ stopReason }) => stopReason === undefined).length,
      0,
    );
    return running <= maxBatchSize * (1 - joinShare);
  };
  const drawPart = async (): Promise<void> => {
    drawn = [...calls];
    try {
      await continueSequences(
        model,
        drawn.flatMap(({ sequences }) => sequences),
        {
          maxBatchSize,
          padTokenId: tokenizer.padTokenId,
          ...(maxCacheBytes !== undefined && { maxCacheBytes }),
          ...(compiled !== undefined && { compiled }),
          isHalted: () => isHalted || drawn.some((call) => call.isAborted && calls.has(call)) || isJoinDue(),
          giveTurn: () => turns.next(),
          onAdvance: () => {
            for (const call of drawn) if (calls.has(call)) settle(call);
          },
        },
      );
    } catch (error) {
      for (const call of drawn) {
        if (calls.delete(call)) call.reject(error as Error);
      }
    } finally {
      drawn = [];
    }
    for (const call of calls) if (call.isAborted) abort(call);
  };
  const drive = async (): Promise<void> => {
    // Calls of the same turn start together.
    await nextTurn();
    turns.enter();
    while (calls.size > 0 && !isHalted) await drawPart();
    turns.leave();
    driving = undefined;
  };
  const go = (): void => {
    if (!isHalted && calls.size > 0) driving ??= drive();
  };
  return {
    async generate(requests, callOptions = {}) {
      const { signal } = callOptions;
      const { eosTokenIds } = tokenizer;
      const sequences = startSequences(model, requests, { tokenizer, eosTokenIds, currentVersion });
      if (sequences.length === 0) return [];
      return new Promise<GenerateResult[]>((resolve, reject) => {
        const onAbort = (): void => {
          call.isAborted = true;
          // While tokens are drawn the call ends at the next safe point.
          if (!drawn.includes(call)) abort(call);
        };
        const release = (): void => signal?.removeEventListener('abort', onAbort);
        const call: Call = {
          sequences,
          options: callOptions,
          reported: 0,
          isAborted: false,
          resolve(results) {
            release();
            resolve(results);
          },
          reject(error) {
            release();
            reject(error);
          },
        };
        if (calls.size === 0) turns.wake();
        calls.add(call);
        signal?.addEventListener('abort', onAbort);
        if (signal?.aborted === true) onAbort();
        go();
      });
    },
    async halt() {
      isHalted = true;
      await driving;
    },
    go() {
      isHalted = false;
      go();
    },
  };
}
