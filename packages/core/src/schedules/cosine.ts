/**
 * A cosine wave from 1 to `minRatio`: `minRatio + (1 − minRatio)·(1 + cos(2π·cycles·progress))/2`.
 *
 * @param progress share of the decay that has passed; above 1 the wave goes on
 */
export function cosine(progress: number, options: { readonly minRatio: number; readonly cycles: number }): number {
  const { minRatio, cycles } = options;
  return minRatio + (1 - minRatio) * 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));
}

/** `cycles` half waves from 1 to 0, each begun anew; 0 from progress 1 on. arXiv:1608.03983. */
export function cosineWithRestarts(progress: number, cycles: number): number {
  return progress >= 1 ? 0 : 0.5 * (1 + Math.cos(Math.PI * ((cycles * progress) % 1)));
}
