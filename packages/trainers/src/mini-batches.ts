import { deriveSeed, type TrainingBatch, type TrainingSequence } from '@rlloom/spec';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** How a batch becomes optimizer steps. */
export interface MiniBatchOptions {
  /** Sequences per optimizer step, in whole groups; `null` = all. */
  readonly miniBatchSize: number | null;
  readonly updateEpochs: number;
  /** Seed of the order; each epoch has its own. */
  readonly seed: number;
}

/**
 * The batches of a step's optimizer steps, in order. A single mini-batch keeps the order of the sequences; several
 * are drawn from a seeded permutation, anew in each epoch.
 */
export function splitIntoMiniBatches(batch: TrainingBatch, options: MiniBatchOptions): TrainingBatch[] {
  const size = options.miniBatchSize ?? batch.sequences.length;
  return Array.from({ length: options.updateEpochs }, (_, epoch) => {
    if (size >= batch.sequences.length) return [batch];
    const shuffled = permute(groupsOf(batch), deriveSeed(options.seed, 'epoch', epoch));
    const groups = Math.max(1, Math.floor(size / (batch.groupSize ?? 1)));
    return Array.from({ length: Math.ceil(shuffled.length / groups) }, (_unused, index) => ({
      ...batch,
      sequences: shuffled.slice(index * groups, (index + 1) * groups).flat(),
    }));
  }).flat();
}

function groupsOf({ sequences, groupSize = 1 }: TrainingBatch): TrainingSequence[][] {
  return Array.from({ length: Math.ceil(sequences.length / groupSize) }, (_, group) =>
    sequences.slice(group * groupSize, (group + 1) * groupSize),
  );
}

function permute<Item>(items: readonly Item[], seed: number): Item[] {
  const generator = xoroshiro128plus(seed);
  const permuted = [...items];
  for (let last = permuted.length - 1; last > 0; last--) {
    const other = uniformInt(generator, 0, last);
    [permuted[last], permuted[other]] = [permuted[other] as Item, permuted[last] as Item];
  }
  return permuted;
}
