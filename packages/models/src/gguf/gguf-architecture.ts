import type { ModelConfig, ModelType, RotaryConfig } from '../config/model-config.ts';
import { rotaryFrequencies } from '../families/rotary-scaling.ts';
import { gguf, type GgufMetadata, type GgufValue, notInGguf } from './gguf-metadata.ts';

/** How llama.cpp computes a model. */
export interface GgufArchitecture {
  /** Its name of the family. */
  readonly name: string;
  /** The keys that describe the model, in the names of llama.cpp's `LLM_KV_NAMES`. */
  readonly metadata: GgufMetadata;
  /** Whether it rotates neighbours of a head, so that rows of queries and keys have to be reordered. */
  readonly rotatesNeighbours: boolean;
  /** Longest sequence that is computed as the model is trained: windows that it ignores are a bound. */
  readonly contextLength: number;
  /** What the angles of each pair are divided by, `[R/2]`; `null`: nothing. */
  readonly rotaryDivisors: Float32Array | null;
}

/** What differs between the families as llama.cpp has them. */
interface Architecture {
  readonly name: string;
  readonly rotatesNeighbours?: boolean;
  /** Whether attention's output and the feed-forward layer may have biases. */
  readonly biases?: boolean;
  /** Whether layers may see a window; others see everything. */
  readonly windows?: boolean;
  /** Whether heads together must be as wide as the model. */
  readonly headsFillModel?: boolean;
  /** Whether a part of a head may be rotated. */
  readonly partialRotation?: boolean;
  /** Whether a file may divide the angles of each pair. */
  readonly divisors?: boolean;
}

const architectures: Readonly<Record<ModelType, Architecture>> = {
  llama: { name: 'llama', rotatesNeighbours: true, biases: true, divisors: true },
  mistral: { name: 'llama', rotatesNeighbours: true, biases: true, divisors: true },
  qwen2: { name: 'qwen2', headsFillModel: true },
  qwen3: { name: 'qwen3' },
  qwen3_moe: { name: 'qwen3moe' },
  phi3: { name: 'phi3', partialRotation: true },
  gemma2: { name: 'gemma2', windows: true },
  gemma3_text: { name: 'gemma3', windows: true },
  gpt2: { name: 'gpt2', biases: true, headsFillModel: true },
};

/**
 * The model in llama.cpp's terms.
 *
 * @throws RlloomError kind `model` for what llama.cpp would compute otherwise than the model is trained
 */
export function ggufArchitecture(config: ModelConfig): GgufArchitecture {
  const architecture = architectures[config.modelType];
  checkShape(config, architecture);
  const contextLength = architecture.windows === true ? config.maxPositionEmbeddings : shortestView(config);
  const { keys: rotaryKeys, divisors } = rotaryOf(config, architecture);
  const keys: Record<string, GgufValue> = {
    context_length: gguf.uint32(contextLength),
    embedding_length: gguf.uint32(config.hiddenSize),
    block_count: gguf.uint32(config.numHiddenLayers),
    feed_forward_length: gguf.uint32(config.intermediateSize),
    vocab_size: gguf.uint32(config.vocabularySize),
    'attention.head_count': gguf.uint32(config.numAttentionHeads),
    'attention.head_count_kv': gguf.uint32(config.numKeyValueHeads),
    'attention.key_length': gguf.uint32(config.headDim),
    'attention.value_length': gguf.uint32(config.headDim),
    [`attention.layer_norm_${config.norm.kind === 'layer' ? '' : 'rms_'}epsilon`]: gguf.float32(config.norm.epsilon),
    ...rotaryKeys,
    ...expertKeys(config),
    ...(architecture.windows === true && windowKeys(config)),
    ...(config.attention.softCap !== null && { attn_logit_softcapping: gguf.float32(config.attention.softCap) }),
    ...(config.logitSoftCap !== null && { final_logit_softcapping: gguf.float32(config.logitSoftCap) }),
  };
  return {
    name: architecture.name,
    metadata: new Map(Object.entries(keys).map(([key, value]) => [`${architecture.name}.${key}`, value])),
    rotatesNeighbours: architecture.rotatesNeighbours ?? false,
    contextLength,
    rotaryDivisors: divisors,
  };
}

function checkShape(config: ModelConfig, { name, biases = false, headsFillModel = false }: Architecture): void {
  const { modelType, attention, feedForward, headDim, hiddenSize, numAttentionHeads: heads } = config;
  const refuse = (what: string) => {
    throw notInGguf(`${what}: llama.cpp does not compute that for ${modelType}`, anotherEngine);
  };
  if (!biases && (attention.hasBias.output || feedForward.hasBias)) refuse('the layers have more biases');
  if (headsFillModel && heads * headDim !== hiddenSize)
    refuse(`${heads} heads of ${headDim} are not ${hiddenSize} wide`);
  // The largest Gemma models divide by another width than their heads have.
  const isLargestGemma = { gemma2: 46, gemma3: 62 }[name] === config.numHiddenLayers;
  const scale = 1 / Math.sqrt(isLargestGemma ? Math.floor(hiddenSize / heads) : headDim);
  if (Math.abs(attention.scale / scale - 1) > 1e-6) refuse(`attention scores are multiplied by ${attention.scale}`);
  const isGemma2 = modelType === 'gemma2';
  if ((attention.softCap !== null) !== isGemma2) {
    refuse(attention.softCap === null ? 'attention scores have no soft cap' : 'attention scores have a soft cap');
  }
  if (isGemma2 && config.logitSoftCap === null) refuse('logits have no soft cap');
  if (isGemma2 && !config.tieWordEmbeddings) refuse('the output layer is not the embedding');
}

function expertKeys({ experts, layers }: ModelConfig): Record<string, GgufValue> {
  if (experts === null) return {};
  if (!experts.normalizesWeights || layers.some(({ hasExperts }) => !hasExperts)) {
    throw notInGguf(
      experts.normalizesWeights
        ? 'some layers have no experts: llama.cpp does not compute that for qwen3_moe'
        : 'the weights of experts are not normalised: llama.cpp does not compute that for qwen3_moe',
      anotherEngine,
    );
  }
  return {
    expert_count: gguf.uint32(experts.count),
    expert_used_count: gguf.uint32(experts.countPerToken),
    expert_feed_forward_length: gguf.uint32(experts.intermediateSize),
  };
}

function windowKeys({ layers }: ModelConfig): Record<string, GgufValue> {
  const widths = new Set(layers.flatMap(({ window }) => (window === null ? [] : [window])));
  const [width] = widths;
  if (width === undefined) return {};
  if (widths.size > 1) throw notInGguf('windows of several widths are not part of the format', anotherEngine);
  return {
    'attention.sliding_window': gguf.uint32(width),
    'attention.sliding_window_pattern': gguf.bools(layers.map(({ window }) => window !== null)),
  };
}

function shortestView({ layers, maxPositionEmbeddings }: ModelConfig): number {
  return Math.min(maxPositionEmbeddings, ...layers.map(({ window }) => window ?? maxPositionEmbeddings));
}

function rotaryOf(
  config: ModelConfig,
  { partialRotation = false, divisors: takesDivisors = false }: Architecture,
): { readonly keys: Record<string, GgufValue>; readonly divisors: Float32Array | null } {
  const [rotary, nearby] = config.rotaries;
  if (rotary === undefined) return { keys: {}, divisors: null };
  const { theta, width, beyond, scaling } = rotary;
  if (width !== config.headDim && !partialRotation) {
    throw notInGguf(
      `heads are rotated in part: llama.cpp does not compute that for ${config.modelType}`,
      anotherEngine,
    );
  }
  const keys = {
    'rope.freq_base': gguf.float32(theta),
    'rope.dimension_count': gguf.uint32(width),
    ...(nearby !== undefined && { 'rope.freq_base_swa': gguf.float32(nearby.theta) }),
  };
  if (scaling === null) return { keys, divisors: null };
  const kind = JSON.stringify(scaling['rope_type']);
  if (kind === '"linear"') {
    const factor = gguf.float32(Number(scaling['factor']));
    return {
      keys: { ...keys, 'rope.scaling.type': gguf.string('linear'), 'rope.scaling.factor': factor },
      divisors: null,
    };
  }
  const isFixed = beyond === null && rotary.factor === 1;
  if (isFixed && takesDivisors) return { keys, divisors: divisorsOf(rotary) };
  throw notInGguf(
    `rotary positions are scaled in the way ${kind}, which is not written for ${config.modelType}`,
    anotherEngine,
  );
}

function divisorsOf({ theta, width, frequencies }: RotaryConfig): Float32Array {
  const plain = rotaryFrequencies(width, theta);
  return Float32Array.from(frequencies, (frequency, pair) => (plain[pair] as number) / frequency);
}

const anotherEngine = 'use the local engine or a server that opens the Hugging Face folder';
