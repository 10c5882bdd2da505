/**
 * What a decoder is made of. One shape for all families; `families/` reads it from their config.json and
 * says where a family differs.
 */
export interface ModelConfig {
  /** The family, as config.json names it. */
  readonly modelType: 'qwen2';
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  /** Width of the feed-forward layer. */
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  /** Heads of keys and values; each serves `numAttentionHeads / numKeyValueHeads` query heads. */
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  /** Longest sequence, in tokens. */
  readonly maxPositionEmbeddings: number;
  readonly rmsNormEps: number;
  /** Base of the rotary frequencies. */
  readonly ropeTheta: number;
  /** Radians per position of each pair of a head, float32 values; `[headDim/2]`. */
  readonly rotaryFrequencies: readonly number[];
  /** Whether the projections of queries, keys and values add a bias. */
  readonly queryKeyValueBias: boolean;
  /** Whether the output layer is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
  /** Standard deviation of new weights. */
  readonly initializerRange: number;
  readonly bosTokenId: number | null;
  /** Ids that end a generation; generation_config.json's win over config.json's. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
  /** Keys of config.json that the decoder does not read; kept for saving. */
  readonly otherKeys: Readonly<Record<string, unknown>>;
}
