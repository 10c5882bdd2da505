import { cosine } from './cosine.ts';

/** How the decay of a warmup-stable-decay schedule falls: half a cosine wave, a line, or `1 − √progress`. */
export type Decay = 'cosine' | 'linear' | 'one-minus-sqrt';

/**
 * 1 before the decay, `minRatio` after it, and a fall between.
 *
 * @param step counts from the beginning of the decay; negative before it
 */
export function warmupStableDecay(
  step: number,
  options: { readonly decaySteps: number; readonly minRatio: number; readonly decay: Decay },
): number {
  const { decaySteps, minRatio, decay } = options;
  if (step < 0) return 1;
  if (step >= decaySteps) return minRatio;
  return minRatio + (1 - minRatio) * fall(step / decaySteps, decay);
}

function fall(progress: number, decay: Decay): number {
  switch (decay) {
    case 'cosine':
      return cosine(progress, { minRatio: 0, cycles: 0.5 });
    case 'linear':
      return 1 - progress;
    case 'one-minus-sqrt':
      return 1 - Math.sqrt(progress);
    default:
      throw new RangeError(`learningRateAt: unknown decay ${String(decay)}`);
  }
}
