/** A model size of the benchmark; the same numbers as the peers' side. */
export interface BenchmarkSize {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabularySize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly intermediateSize: number;
  readonly batch: number;
}

/** Sizes by name. Prompts of 32 tokens, 64 new tokens. */
export const sizes: Readonly<Record<'S' | 'M', BenchmarkSize>> = {
  S: { hiddenSize: 64, layers: 2, vocabularySize: 512, heads: 4, keyValueHeads: 2, intermediateSize: 172, batch: 32 },
  M: { hiddenSize: 256, layers: 6, vocabularySize: 4096, heads: 8, keyValueHeads: 4, intermediateSize: 688, batch: 32 },
};

/** Tokens of each prompt. */
export const promptLength = 32;
/** Tokens generated after each prompt. */
export const newTokens = 64;
