import { RlloomError, type TrainingSequence } from '@rlloom/spec';
import { dealOut, type Group, passCost, type Plan, rowsNeeded } from './deal-groups.ts';
import { fewShapedMicroBatches } from './few-shapes.ts';

// T = tokens of a row.

/** One forward-backward pass: which sequences, and the rows that they are packed into. */
export interface MicroBatch {
  /** Indices into the sequences; groups whole and in their order. */
  readonly indices: readonly number[];
  /** Rows and T, padding included. */
  readonly shape: readonly [rows: number, width: number];
  /** Whether rows may hold several sequences. */
  readonly packs: boolean;
}

/** How micro-batches are formed. */
export interface MicroBatchOptions {
  /** Tokens a micro-batch may hold, padding included. */
  readonly maxTokens: number;
  /** Sequences that stand side by side and belong together. Default 1. */
  readonly groupSize?: number | undefined;
  /** Longest rows that may hold several sequences; longer ones hold one each. Default: any. */
  readonly packedRowLimit?: number | undefined;
  /** Longest rows at all. Default: any. */
  readonly rowLimit?: number | undefined;
  /** Length of a row at which attention costs as much as all else. Default: attention costs nothing. */
  readonly attentionLength?: number | undefined;
  /** What a pass costs beside its tokens (calls of operations, gradients to add up), in tokens. Default 128. */
  readonly passTokens?: number | undefined;
  /** Choose from few shapes, see `fewShapedMicroBatches`: for programs that are compiled per shape. Default false. */
  readonly roundsShapes?: boolean | undefined;
}

/**
 * Packs sequences into rows, and rows into micro-batches of at most `maxTokens`. Rows are as long as the longest sequence,
 * or a few times that where it leaves less padding than attention over longer rows costs. Sequences of very different
 * lengths get micro-batches of their own, with shorter rows, where that is cheaper. The micro-batches of one row length
 * have one shape. What is longer than `maxTokens`, or a group that is, gets a micro-batch of its own.
 *
 * @returns every index exactly once; the same for the same lengths
 * @throws RlloomError kind `unexpected` when a group is not whole
 * @example
 * ```ts
 * const sequences = [3, 9, 4, 6].map((length) => ({ tokens: new Int32Array(length), lossMask: new Uint8Array(length) }));
 * formMicroBatches(sequences, { maxTokens: 30 }); // => [{ indices: [0, 1, 2, 3], shape: [3, 9], packs: true }]
 * ```
 */
export function formMicroBatches(sequences: readonly TrainingSequence[], options: MicroBatchOptions): MicroBatch[] {
  const groups = groupsOf(sequences, options.groupSize ?? 1).sort(
    (a, b) => b.longest - a.longest || a.indices[0] - b.indices[0],
  );
  if (groups.length === 0) return [];
  return options.roundsShapes === true
    ? fewShapedMicroBatches(groups, options)
    : cheapest(groups, options).microBatches;
}

/** Tokens of the micro-batches that are padding, as a fraction of all. */
export function paddingFraction(sequences: readonly TrainingSequence[], microBatches: readonly MicroBatch[]): number {
  const places = microBatches.reduce((sum, { shape }) => sum + shape[0] * shape[1], 0);
  const tokens = microBatches.reduce(
    (sum, { indices }) => sum + indices.reduce((count, index) => count + (sequences[index]?.tokens.length ?? 0), 0),
    0,
  );
  return places === 0 ? 0 : 1 - tokens / places;
}

// All groups with rows of one length; or the longer ones so and the shorter ones again by the cheapest way.
function cheapest(groups: readonly Group[], options: MicroBatchOptions): Plan {
  const longest = (groups[0] as Group).longest;
  let best = withOneRowLength(groups, options);
  for (const share of [7 / 8, 3 / 4, 1 / 2]) {
    const border = groups.findIndex((group) => group.longest <= share * longest);
    if (border === -1) continue;
    const long = withOneRowLength(groups.slice(0, border), options);
    // Only the last border, half the length, is followed further: few plans, and the last one has all that matters.
    const rest = groups.slice(border);
    const short = share === 1 / 2 ? cheapest(rest, options) : withOneRowLength(rest, options);
    const cost = long.cost + short.cost;
    if (cost < best.cost) best = { microBatches: [...long.microBatches, ...short.microBatches], cost };
  }
  return best;
}

function withOneRowLength(groups: readonly Group[], options: MicroBatchOptions): Plan {
  const { maxTokens, packedRowLimit = Infinity, rowLimit = Infinity } = options;
  const longest = Math.max(2, (groups[0] as Group).longest);
  const widths = [1, 1.5, 2, 3, 4].map((times) => Math.ceil(times * longest));
  const plans = [...new Set(widths)]
    .filter((width, i) => i === 0 || width <= Math.min(maxTokens, packedRowLimit, rowLimit))
    .map((width): Plan => {
      const microBatches = withRowsOf(width, groups, options);
      return { microBatches, cost: microBatches.reduce((sum, { shape }) => sum + passCost(shape, options), 0) };
    });
  return plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
}

// As few micro-batches as hold everything, about equally full, all of one shape.
function withRowsOf(width: number, groups: readonly Group[], options: MicroBatchOptions): MicroBatch[] {
  const { maxTokens, packedRowLimit = Infinity } = options;
  const mostRows = Math.max(1, Math.floor(maxTokens / width));
  const packs = width <= packedRowLimit;
  const rowsOf = (part: readonly Group[]): number => rowsNeeded(part, { width, packs });
  const tokens = groups.reduce((sum, group) => sum + group.tokens, 0);
  for (let count = Math.min(groups.length, Math.ceil(tokens / (mostRows * width))); ; count++) {
    const parts = dealOut(groups, new Array<number>(count).fill(1));
    const rows = Math.max(...parts.map(rowsOf));
    if (rows > mostRows && count < groups.length) continue;
    return parts.map((part) => ({
      indices: part.flatMap(({ indices }) => indices).sort((a, b) => a - b),
      shape: [rows, width],
      packs,
    }));
  }
}

function groupsOf(sequences: readonly TrainingSequence[], groupSize: number): Group[] {
  const count = sequences.length / groupSize;
  if (!Number.isInteger(count)) {
    throw new RlloomError('unexpected', {
      what: `${sequences.length} sequences are not whole groups of ${groupSize}`,
      fix: 'give each group all of its sequences, side by side',
    });
  }
  return Array.from({ length: count }, (_, group): Group => {
    const indices = Array.from({ length: groupSize }, (_unused, i) => group * groupSize + i) as [number, ...number[]];
    const lengths = indices.map((index) => sequences[index]?.tokens.length ?? 0);
    return { indices, lengths, longest: Math.max(...lengths), tokens: lengths.reduce((a, b) => a + b, 0) };
  });
}
