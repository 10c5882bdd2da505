/** `endRatio + (1 − endRatio)·(1 − progress)^power`; `endRatio` from progress 1 on. */
export function polynomial(progress: number, options: { readonly power: number; readonly endRatio: number }): number {
  const { power, endRatio } = options;
  return endRatio + (1 - endRatio) * Math.max(0, 1 - progress) ** power;
}
