/** `1/√((step + timescale)/timescale)`: 1 at step 0, a half at `3·timescale`. */
export function inverseSquareRoot(step: number, timescale: number): number {
  return 1 / Math.sqrt((step + timescale) / timescale);
}
