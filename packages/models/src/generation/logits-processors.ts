/**
 * One step between the logits of a model and the distribution that is drawn from, as in transformers' `generate`.
 * Removed tokens get `-Infinity`; the most likely token always stays. Of several equally likely ones top-p and typical
 * keep as many as they need, the others all.
 */
export type LogitsProcessor =
  /** Divides the logits. */
  | { readonly kind: 'temperature'; readonly temperature: number }
  /** Keeps the k most likely tokens and those as likely as the last of them. */
  | { readonly kind: 'topK'; readonly topK: number }
  /** Keeps the most likely tokens until their probability reaches `topP`. arXiv:1904.09751 */
  | { readonly kind: 'topP'; readonly topP: number }
  /** Keeps tokens with at least `minP` of the top token's probability. arXiv:2407.01082 */
  | { readonly kind: 'minP'; readonly minP: number }
  /** Keeps the tokens whose surprise is closest to the entropy until their probability reaches `mass`. arXiv:2202.00666 */
  | { readonly kind: 'typical'; readonly mass: number }
  /** Keeps tokens with at least this probability. arXiv:2210.15191 */
  | { readonly kind: 'epsilon'; readonly epsilon: number }
  /** Divides positive and multiplies negative logits of tokens seen before. arXiv:1909.05858 */
  | { readonly kind: 'repetitionPenalty'; readonly penalty: number }
  /** Removes tokens that would repeat a run of `size` tokens. */
  | { readonly kind: 'noRepeatNgram'; readonly size: number }
  /** Removes end tokens while there are fewer than `minNewTokens` after the prompt. */
  | {
      readonly kind: 'minNewTokens';
      readonly promptLength: number;
      readonly minNewTokens: number;
      readonly eosTokenIds: readonly number[];
    }
  /** Removes tokens. */
  | { readonly kind: 'suppressTokens'; readonly tokens: readonly number[] };

/**
 * The logits after all processors, in the order given, in float64.
 *
 * @param logits one per token of the vocabulary
 * @param processors see {@link LogitsProcessor}; transformers' order is temperature, top-k, top-p, min-p
 * @param previousTokens prompt and tokens so far; read by the processors that look back
 * @example
 * ```ts
 * [...processLogits([1, 3, 2], [{ kind: 'topK', topK: 2 }])]; // => [-Infinity, 3, 2]
 * ```
 */
export function processLogits(
  logits: ArrayLike<number>,
  processors: readonly LogitsProcessor[],
  previousTokens: ArrayLike<number> = [],
): Float64Array {
  const scores = Float64Array.from(logits);
  for (const processor of processors) apply(processor, scores, previousTokens);
  return scores;
}

function apply(processor: LogitsProcessor, scores: Float64Array, previous: ArrayLike<number>): void {
  switch (processor.kind) {
    case 'temperature':
      return replace(scores, (score) => score / processor.temperature);
    case 'topK':
      return keepTopK(scores, processor.topK);
    case 'topP':
      return keepTopP(scores, processor.topP);
    case 'minP': {
      const probabilities = softmax(scores);
      const least = processor.minP * maximum(probabilities);
      return removeWhere(scores, (i) => (probabilities[i] as number) < least);
    }
    case 'typical':
      return keepTypical(scores, processor.mass);
    case 'epsilon': {
      const probabilities = softmax(scores);
      return removeWhere(scores, (i) => (probabilities[i] as number) < processor.epsilon);
    }
    case 'repetitionPenalty': {
      const { penalty } = processor;
      const seen = new Set(Array.from(previous));
      return replace(scores, (score, i) => (!seen.has(i) ? score : score < 0 ? score * penalty : score / penalty));
    }
    case 'noRepeatNgram':
      return remove(scores, ngramEnds(previous, processor.size));
    case 'minNewTokens':
      if (previous.length - processor.promptLength < processor.minNewTokens) remove(scores, processor.eosTokenIds);
      return;
    case 'suppressTokens':
      return remove(scores, processor.tokens);
  }
}

function keepTopK(scores: Float64Array, topK: number): void {
  const least = Float64Array.from(scores).sort()[Math.max(0, scores.length - topK)] as number;
  removeWhere(scores, (i) => (scores[i] as number) < least);
}

function keepTopP(scores: Float64Array, topP: number): void {
  const probabilities = softmax(scores);
  const budget = 1 - topP;
  // All tokens below budget/V together stay within the budget, so they go without being sorted.
  const negligible = budget / scores.length;
  let removed = 0;
  const candidates: number[] = [];
  const top = scores.indexOf(maximum(scores));
  probabilities.forEach((probability, i) => {
    if (probability < negligible && i !== top) removed += probability;
    else candidates.push(i);
  });
  for (let i = 0; i < scores.length; i++) {
    if ((probabilities[i] as number) < negligible && i !== top) scores[i] = Number.NEGATIVE_INFINITY;
  }
  // By scores: two of them may differ and have equal probabilities.
  candidates.sort((a, b) => (scores[a] as number) - (scores[b] as number));
  for (const i of candidates.slice(0, -1)) {
    removed += probabilities[i] as number;
    if (removed > budget) return;
    scores[i] = Number.NEGATIVE_INFINITY;
  }
}

function keepTypical(scores: Float64Array, mass: number): void {
  const probabilities = softmax(scores);
  const surprise = probabilities.map((probability) => -Math.log(probability));
  const entropy = probabilities.reduce((sum, p, i) => (p > 0 ? sum + p * (surprise[i] as number) : sum), 0);
  const distance = surprise.map((value) => Math.abs(value - entropy));
  const order = Array.from(scores.keys()).sort((a, b) => (distance[a] as number) - (distance[b] as number));
  let reached = 0;
  let last = 0;
  for (; last < order.length - 1; last++) {
    reached += probabilities[order[last] as number] as number;
    if (reached >= mass) break;
  }
  const farthest = distance[order[last] as number] as number;
  const closest = order[0];
  for (let i = 0; i < scores.length; i++) {
    if ((distance[i] as number) > farthest && i !== closest) scores[i] = Number.NEGATIVE_INFINITY;
  }
}

// Tokens that followed the last size−1 tokens before.
function ngramEnds(previous: ArrayLike<number>, size: number): number[] {
  const tokens = Array.from(previous);
  const start = tokens.length - (size - 1);
  if (start < 0) return [];
  const tail = tokens.slice(start);
  return tokens.filter((_, end) => end >= size - 1 && tail.every((token, i) => tokens[end - (size - 1) + i] === token));
}

/** Probabilities of logits; `-Infinity` has probability 0. */
export function softmax(scores: Float64Array): Float64Array {
  const top = maximum(scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function maximum(values: Float64Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const value of values) if (value > top) top = value;
  return top;
}

function replace(scores: Float64Array, f: (score: number, index: number) => number): void {
  for (let i = 0; i < scores.length; i++) scores[i] = f(scores[i] as number, i);
}

function remove(scores: Float64Array, tokens: readonly number[]): void {
  for (const token of tokens) scores[token] = Number.NEGATIVE_INFINITY;
}

function removeWhere(scores: Float64Array, isRemoved: (index: number) => boolean): void {
  const top = maximum(scores);
  for (let i = 0; i < scores.length; i++) {
    if ((scores[i] as number) < top && isRemoved(i)) scores[i] = Number.NEGATIVE_INFINITY;
  }
}
