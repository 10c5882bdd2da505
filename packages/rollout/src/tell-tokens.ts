import type { Sequence } from '@rlloom/models';
import type { EngineCallOptions } from '@rlloom/spec';

/** Tells of what a sequence has drawn since it was last told of. */
export function tellTokens(sequence: Sequence, onTokens: EngineCallOptions['onTokens']): void {
  if (onTokens === undefined) return;
  const drawn = sequence.takeDraws();
  if (drawn.length === 0) return;
  onTokens(sequence.index, { tokens: drawn.map(({ token }) => token), logProbs: drawn.map(({ logProb }) => logProb) });
}
