/** A model and a batch of it: the numbers that decide what generation and an update cost. */
export interface Shape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly vocabularySize: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly intermediateSize: number;
  /** Sequences. */
  readonly batch: number;
  /** Tokens of each prompt. */
  readonly promptLength: number;
  /** Tokens generated after each prompt. */
  readonly newTokens: number;
}

/** The name of a size. */
export type SizeName = 'S' | 'M' | 'L';

const lengths = { promptLength: 32, newTokens: 64 };

/** The sizes by name, the same as the peer's. */
export const sizes: Readonly<Record<SizeName, Shape>> = {
  S: {
    hiddenSize: 64,
    layers: 2,
    vocabularySize: 512,
    heads: 4,
    keyValueHeads: 2,
    intermediateSize: 172,
    batch: 32,
    ...lengths,
  },
  M: {
    hiddenSize: 256,
    layers: 6,
    vocabularySize: 4096,
    heads: 8,
    keyValueHeads: 4,
    intermediateSize: 688,
    batch: 32,
    ...lengths,
  },
  L: {
    hiddenSize: 576,
    layers: 12,
    vocabularySize: 32_000,
    heads: 9,
    keyValueHeads: 3,
    intermediateSize: 1536,
    batch: 16,
    ...lengths,
  },
};

/** Completions of one prompt in a whole GRPO step. */
export const groupSize = 8;
