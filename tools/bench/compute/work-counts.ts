import type { Shape } from './shapes.ts';

/** What a piece of work takes at least, counted from shapes. */
export interface WorkCount {
  /** Floating-point operations of matrix products; a multiply-add is two. */
  readonly flops: number;
  /** Bytes that must move between memory and cores when everything else stays in the caches, float32. */
  readonly bytes: number;
}

const float = 4;

/** Parameters of the layers, of the (tied) embedding, and of all. */
export function parameterCounts(shape: Shape): { readonly layers: number; readonly embedding: number; all: number } {
  const { hiddenSize: h, intermediateSize, heads, keyValueHeads, vocabularySize } = shape;
  const width = (heads + 2 * keyValueHeads) * (h / heads);
  const layers = shape.layers * (h * width + width + h * h + 3 * h * intermediateSize + 2 * h);
  const embedding = vocabularySize * h;
  return { layers, embedding, all: layers + embedding + h };
}

/**
 * Sampling `newTokens` after each prompt with a key-value cache: the prompt in one pass, then a pass per token but the
 * last. Bytes: the weights once per pass, keys and values written once and read in each pass, logits written and read.
 */
export function generationWork(shape: Shape): WorkCount {
  const { batch, promptLength, newTokens, hiddenSize, vocabularySize, layers } = shape;
  const forwarded = promptLength + newTokens - 1;
  const products = 2 * batch * forwarded * layerProducts(shape);
  // A token sees itself and all before it: 1 + 2 + … keys.
  const seen = (forwarded * (forwarded + 1)) / 2;
  const attention = 4 * batch * layers * hiddenSize * seen;
  const output = 2 * batch * newTokens * vocabularySize * hiddenSize;
  const { all } = parameterCounts(shape);
  const keysAndValues = 2 * layers * batch * shape.keyValueHeads * (hiddenSize / shape.heads);
  const read = seen - (promptLength * (promptLength + 1)) / 2;
  const logits = 2 * batch * newTokens * vocabularySize;
  return {
    flops: products + attention + output,
    bytes: float * (newTokens * all + keysAndValues * (forwarded + read) + logits),
  };
}

/**
 * One update over whole sequences, logits at the new tokens only: forward, and backward with twice its products. Bytes:
 * the weights read forward and backward, their gradient written, the seven arrays that AdamW reads or writes (weights,
 * two moments, gradient), and the logits and their gradient written and read.
 */
export function updateWork(shape: Shape): WorkCount {
  const { batch, promptLength, newTokens, hiddenSize, vocabularySize, layers } = shape;
  const length = promptLength + newTokens;
  const products = 2 * batch * length * layerProducts(shape);
  const attention = (4 * batch * layers * hiddenSize * (length * (length + 1))) / 2;
  const output = 2 * batch * newTokens * vocabularySize * hiddenSize;
  const { all } = parameterCounts(shape);
  return {
    flops: 3 * (products + attention + output),
    bytes: float * ((3 + 7) * all + 4 * batch * newTokens * vocabularySize),
  };
}

/** Products per token of all layers: entries of their matrices. */
function layerProducts({ hiddenSize: h, heads, keyValueHeads, intermediateSize, layers }: Shape): number {
  return layers * (h * (heads + 2 * keyValueHeads) * (h / heads) + h * h + 3 * h * intermediateSize);
}
