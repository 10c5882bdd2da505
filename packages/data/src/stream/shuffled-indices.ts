import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A permutation of `0 … count-1` (Fisher–Yates), a pure function of the seed. */
export function shuffledIndices(count: number, seed: number): Int32Array<ArrayBuffer> {
  const indices = Int32Array.from({ length: count }, (_, index) => index);
  const generator = xoroshiro128plus(seed);
  for (let last = count - 1; last > 0; last--) {
    const other = uniformInt(generator, 0, last);
    const held = indices[last]!;
    indices[last] = indices[other]!;
    indices[other] = held;
  }
  return indices;
}
