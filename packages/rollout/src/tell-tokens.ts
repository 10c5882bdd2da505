import type { SampledToken, Sequence } from '@rlloom/models';
import type { EngineCallOptions } from '@rlloom/spec';

type OnTokens = NonNullable<EngineCallOptions['onTokens']>;

/** Tells of tokens that were drawn, in the numbers of results, which are float32. */
export function tellDrawn(request: number, drawn: readonly SampledToken[], onTokens: OnTokens): void {
  const tokens = drawn.map(({ token }) => token);
  if (tokens.length > 0) onTokens(request, { tokens, logProbs: drawn.map(({ logProb }) => Math.fround(logProb)) });
}

/** Tells of what a sequence has drawn since it was last told of. */
export function tellTokens(sequence: Sequence, onTokens: OnTokens | undefined): void {
  if (onTokens !== undefined) tellDrawn(sequence.index, sequence.takeDraws(), onTokens);
}
