import { deriveSeed, type TrainingBatch } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Sequences of 3 to `longest` tokens of a vocabulary of 12, about as sampled answers are: the same for the same seed. */
export function randomBatch(
  seed: number,
  { count, longest, groupSize }: { readonly count: number; readonly longest: number; readonly groupSize?: number },
): TrainingBatch {
  const generator = xoroshiro128plus(deriveSeed(seed, 'random-batch'));
  const between = (low: number, high: number): number => uniformInt(generator, low, high);
  const sequences = Array.from({ length: count }, () => {
    const length = between(3, longest);
    const prompt = between(1, length - 1);
    return {
      tokens: Int32Array.from({ length }, () => between(1, 11)),
      lossMask: Uint8Array.from({ length }, (_, t) => (t >= prompt ? 1 : 0)),
      advantages: new Float32Array(length).fill(between(-100, 100) / 100),
      oldLogProbs: Float32Array.from({ length }, () => -2.48 + between(-20, 20) / 100),
      referenceLogProbs: Float32Array.from({ length }, () => -2.48 + between(-20, 20) / 100),
    };
  });
  return { sequences, ...(groupSize !== undefined && { groupSize }) };
}
