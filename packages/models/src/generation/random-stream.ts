import { deriveSeed } from '@rlloom/spec';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { skipN } from 'pure-rand/utils/skipN';

/** Numbers in [0, 1), a stream of its own per seed. */
export function randomStream(seed: number): () => number {
  const generator = xoroshiro128plus(deriveSeed(seed, 'sampling'));
  // Its first numbers follow the bits of the seed too closely.
  skipN(generator, 32);
  return () => uniformFloat64(generator);
}
