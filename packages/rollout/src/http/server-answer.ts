import type { GenerationResult, SamplingParameters, StopReason } from '@rlloom/spec';
import type { KnownLogProbs } from './log-prob-meaning.ts';
import type { ServerGeneration } from './server-protocol.ts';
import { tokenVersions } from './token-versions.ts';

/** A result of a server engine. */
export interface ServerGenerationResult extends GenerationResult {
  /**
   * `logProbs` = only they are known and `samplingLogProbs` repeats them; `samplingLogProbs` = the other way round; only
   * with `truncatedSampling: 'flag'`.
   */
  readonly knownLogProbs: 'both' | 'logProbs' | 'samplingLogProbs';
}

/** An answer that is put together from what servers gave, one after the other. */
export interface ServerAnswer {
  readonly tokens: readonly number[];
  /** Adds tokens, drawn with weights of `version` where the server does not say. */
  append(generation: ServerGeneration, version: number): void;
  /** The result of the first `length` tokens. Default: of all. */
  result(stopReason: StopReason, length?: number): ServerGenerationResult;
}

/** An answer without tokens yet. */
export function createServerAnswer(
  { temperature }: Pick<SamplingParameters, 'temperature'>,
  known: KnownLogProbs,
): ServerAnswer {
  const tokens: number[] = [];
  const logProbs: number[] = [];
  const samplingLogProbs: number[] = [];
  const policyVersions: number[] = [];
  return {
    tokens,
    append(generation, version) {
      // What is drawn greedily is drawn with probability 1.
      const drawn =
        temperature === 0 ? generation.tokens.map(() => 0) : (generation.samplingLogProbs ?? generation.logProbs);
      for (const [index, token] of generation.tokens.entries()) {
        tokens.push(token);
        logProbs.push(Math.min(generation.logProbs[index] as number, 0));
        samplingLogProbs.push(Math.min(drawn[index] as number, 0));
      }
      policyVersions.push(...tokenVersions(generation.tokens.length, generation.versions, version));
    },
    result: (stopReason, length = tokens.length) => ({
      tokens: Int32Array.from(tokens.slice(0, length)),
      logProbs: Float32Array.from(logProbs.slice(0, length)),
      samplingLogProbs: Float32Array.from(samplingLogProbs.slice(0, length)),
      policyVersions: Int32Array.from(policyVersions.slice(0, length)),
      stopReason,
      knownLogProbs:
        known.logProbs && known.samplingLogProbs ? 'both' : known.logProbs ? 'logProbs' : 'samplingLogProbs',
    }),
  };
}
