import type { Tokenizer } from '@rlloom/spec';

/** Options of `generate`. */
export interface GenerateOptions {
  /** Sequences that decode together. Default 64, or fewer where `maxCacheBytes` says so. */
  readonly maxBatchSize?: number;
  /** Limit of the key-value cache, in bytes; what does not fit is refused before anything is computed. Default: none. */
  readonly maxCacheBytes?: number;
  /** Written to every token of the results. Default 0. */
  readonly policyVersion?: number;
  /** Fills shorter prompts; any valid id, it has no effect on the results. Default: the model's, else 0. */
  readonly padTokenId?: number;
  /** End tokens of requests that name none. Default: the model's. */
  readonly eosTokenIds?: readonly number[];
  /** Needed for stop strings and text. */
  readonly tokenizer?: Tokenizer;
  /** Gives text: of all tokens, or cut before the stop string. Tokens are never cut. Default: none. */
  readonly text?: 'whole' | 'before-stop';
  /** Gives log-probs under the model's own distribution, too. Default false. */
  readonly rawLogProbs?: boolean;
  /** Gives so many of the most likely tokens at each place. Default 0. */
  readonly alternatives?: number;
  /**
   * Whether the token loop runs compiled, on the program of a `CausalLanguageModel`. `auto`: on a backend that has graphs,
   * for calls that are worth it (at least 256 new tokens in at least 4 requests). `always`: everywhere, which pays where
   * calls of the same sizes come again and again. Requests with a repetition penalty, a ban of n-grams, typical truncation
   * or alternatives never do. In float32 a token may be another one where its random number falls within rounding of the
   * bound between two. Default `auto`.
   */
  readonly compiled?: 'auto' | 'always' | 'never';
  /** Ends the running generations with stop reason `abort`. */
  readonly signal?: AbortSignal;
  /** Called when sequences have ended. */
  readonly onProgress?: (finished: number, total: number) => void;
  /** Called once at the end, after an error or an abort, too. */
  readonly onStatistics?: (statistics: GenerationStatistics) => void;
}

/** What a call of `generate` took. */
export interface GenerationStatistics {
  /** Sequences that could decode together. */
  readonly batchSize: number;
  /** Distinct prompts that were read. */
  readonly prompts: number;
  /** Passes of one token per slot. */
  readonly decodeSteps: number;
  /** Tokens drawn by those passes; over `decodeSteps · batchSize` it is the share of slots at work. */
  readonly decodedTokens: number;
  /** The most that keys and values took, in bytes. */
  readonly peakCacheBytes: number;
}
