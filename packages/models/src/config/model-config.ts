/** The `model_type` of the families that are built. */
export type ModelType =
  | 'qwen2'
  | 'qwen3'
  | 'qwen3_moe'
  | 'llama'
  | 'mistral'
  | 'phi3'
  | 'gemma2'
  | 'gemma3_text'
  | 'gpt2';

/**
 * What a decoder is made of: sizes, and the choices in which families differ. Plain data, and all that the decoder
 * reads; `families/` makes it from the config.json of a family and writes it back.
 */
export interface ModelConfig {
  /** The family, as config.json names it. */
  readonly modelType: ModelType;
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
  readonly embedding: EmbeddingConfig;
  readonly norm: NormConfig;
  readonly attention: AttentionConfig;
  readonly feedForward: FeedForwardConfig;
  /** The experts of the layers that have them; `null`: no layer has. */
  readonly experts: ExpertsConfig | null;
  /** What single layers have of their own, one entry per layer. */
  readonly layers: readonly LayerConfig[];
  /** The rotary positions that layers choose from; none when positions are learned. */
  readonly rotaries: readonly RotaryConfig[];
  /** `c`: logits are `c · tanh(logits / c)`. `null`: as they are. */
  readonly logitSoftCap: number | null;
  /** Whether the output layer is the embedding matrix. */
  readonly tieWordEmbeddings: boolean;
  readonly names: ModuleNames;
  /** Whether the matrices of layers are stored `[in, out]`, not `[out, in]`. */
  readonly storesInputFirst: boolean;
  /** Standard deviation of new weights. */
  readonly initializerRange: number;
  readonly bosTokenId: number | null;
  /** Ids that end a generation; generation_config.json's win over config.json's. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | null;
  /** Keys of config.json that the decoder does not read; kept for saving. */
  readonly otherKeys: Readonly<Record<string, unknown>>;
}

/** How tokens become vectors. */
export interface EmbeddingConfig {
  /** Multiplies the vectors of tokens. */
  readonly scale: number;
  /** Module with one learned vector per position, `[maxPositionEmbeddings, hidden]`; `null`: positions are rotary. */
  readonly positions: string | null;
}

/** How vectors are normalised, everywhere in the model. */
export interface NormConfig {
  /** `rms`: `w · x / rms(x)`; `rms-plus-one`: `(1 + w) · x / rms(x)`; `layer`: `w · (x − mean) / deviation + b`. */
  readonly kind: 'rms' | 'rms-plus-one' | 'layer';
  readonly epsilon: number;
}

/** Self-attention; modules by their names within a layer. */
export interface AttentionConfig {
  /** Three modules, or one whose output is queries, keys and values after one another. */
  readonly projections:
    | { readonly query: string; readonly key: string; readonly value: string }
    | { readonly joined: string };
  readonly output: string;
  readonly hasBias: { readonly projections: boolean; readonly output: boolean };
  /** Norms of each head of queries and keys, before they are rotated. `null`: none. */
  readonly headNorms: { readonly query: string; readonly key: string } | null;
  /** Multiplies the scores. */
  readonly scale: number;
  /** `c`: scores are `c · tanh(scores / c)`. `null`: as they are. */
  readonly softCap: number | null;
}

/** The feed-forward layer. */
export interface FeedForwardConfig {
  /** Its name within a layer; those of its modules come after it. */
  readonly module: string;
  /**
   * `gated`: `down(f(gate(x)) · up(x))`; `joined`: the same with one module whose output is gate and up after one
   * another; `plain`: `down(f(up(x)))`.
   */
  readonly layout:
    | { readonly kind: 'gated'; readonly gate: string; readonly up: string }
    | { readonly kind: 'joined'; readonly gateAndUp: string }
    | { readonly kind: 'plain'; readonly up: string };
  readonly down: string;
  readonly activation: Activation;
  readonly hasBias: boolean;
}

/** `silu`: `x · σ(x)`; `gelu-tanh`: `x · Φ(x)` with Φ approximated by tanh (arXiv:1606.08415). */
export type Activation = 'silu' | 'gelu-tanh';

/** A mixture of experts: each token goes to the feed-forward layers that a router gives most weight. */
export interface ExpertsConfig {
  readonly count: number;
  readonly countPerToken: number;
  readonly intermediateSize: number;
  /** Whether the weights of a token's experts are scaled to a sum of 1. */
  readonly normalizesWeights: boolean;
  /** The router, and what stands before the number of an expert; names within a layer. */
  readonly router: string;
  readonly module: string;
}

/** One layer. */
export interface LayerConfig {
  /** Tokens that a token sees, itself included; `null`: all before it. */
  readonly window: number | null;
  /** Place of its positions in `rotaries`; `null`: it has none. */
  readonly rotary: number | null;
  readonly hasExperts: boolean;
}

/** Rotary positions (arXiv:2104.09864). */
export interface RotaryConfig {
  /** Base of the frequencies. */
  readonly theta: number;
  /** Numbers at the start of a head that are rotated; the others stay. */
  readonly width: number;
  /** Radians per position of each pair, float32 values; `[width/2]`. */
  readonly frequencies: readonly number[];
  /** Multiplies what was rotated. */
  readonly factor: number;
  /** What changes for a sequence longer than `length`; `null`: nothing. */
  readonly beyond: LongContext | null;
  /** As `rope_scaling` of config.json says it; `null`: not scaled. */
  readonly scaling: Readonly<Record<string, unknown>> | null;
}

/**
 * Frequencies of long sequences: others, or those of a base that grows with the length `L`,
 * `θ · (f · L / length − f + 1) ^ (D / (D − 2))`.
 */
export type LongContext =
  | { readonly length: number; readonly frequencies: readonly number[] }
  | { readonly length: number; readonly growth: number };

/** Modules by their names in the checkpoint; those of layers within the layer. */
export interface ModuleNames {
  readonly embedding: string;
  /** Before the number of a layer. */
  readonly layers: string;
  readonly finalNorm: string;
  readonly output: string;
  readonly attentionNorm: string;
  /** Norm of what attention adds; `null`: none. */
  readonly attentionOutputNorm: string | null;
  readonly feedForwardNorm: string;
  /** Norm of what the feed-forward layer adds; `null`: none. */
  readonly feedForwardOutputNorm: string | null;
}
