import { bucketOf } from '@rlloom/models';
import { dealOut, type Group, passCost, type Plan, rowsNeeded } from './deal-groups.ts';
import type { MicroBatch, MicroBatchOptions } from './micro-batches.ts';
import { roundUpInEighths, roundUpToPowerOfTwo } from './round-up.ts';

// T = tokens of a row.

/**
 * Packs groups, longest first, into micro-batches whose shapes come from a short list: T is a power of two or one and a
 * half, and the rows are a power of two. What is left of the last full micro-batch goes into up to three smaller ones, like
 * the digits of a binary number. So batches of any size and mix of lengths share about a dozen shapes, and a few
 * percent of the tokens are padding.
 */
export function fewShapedMicroBatches(groups: readonly Group[], options: MicroBatchOptions): MicroBatch[] {
  return cheapest(groups, options).microBatches;
}

// A second row length for the shorter ones is more shapes: it must save that much.
const worthAnotherLength = 0.85;
// T that is of no use but to this batch likewise.
const ownLengthPenalty = 1.1;

function cheapest(groups: readonly Group[], options: MicroBatchOptions): Plan {
  const whole = withOneRowLength(groups, options);
  const border = groups.findIndex(({ longest }) => longest <= (groups[0] as Group).longest / 2);
  if (border === -1) return whole;
  const long = withOneRowLength(groups.slice(0, border), options);
  const short = cheapest(groups.slice(border), options);
  const cost = long.cost + short.cost;
  if (cost >= worthAnotherLength * whole.cost) return whole;
  return { microBatches: [...long.microBatches, ...short.microBatches], cost };
}

function withOneRowLength(groups: readonly Group[], options: MicroBatchOptions): Plan {
  const longest = Math.max(2, (groups[0] as Group).longest);
  const { maxTokens, packedRowLimit = Infinity, rowLimit = Infinity } = options;
  const own = Math.min(roundUpInEighths(longest, 8), Math.max(rowLimit, longest));
  const widths = ladder(longest).filter((width) => width <= Math.min(rowLimit, packedRowLimit));
  const plans = [own, ...widths.filter((width) => width <= Math.max(maxTokens, own))].map((width): Plan => {
    const microBatches = withRowsOf(width, groups, options);
    const cost = microBatches.reduce((sum, { shape }) => sum + passCost(shape, options), 0);
    return { microBatches, cost: widths.includes(width) ? cost : cost * ownLengthPenalty };
  });
  return plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
}

/** Powers of two and one and a half times those, from the first that holds `longest` to four times that. */
function ladder(longest: number): number[] {
  const steps: number[] = [];
  for (let width = bucketOf(longest); width <= 4 * longest; width = bucketOf(width + 1)) steps.push(width);
  return steps;
}

function withRowsOf(
  width: number,
  groups: readonly Group[],
  { maxTokens, packedRowLimit = Infinity, attentionLength = Infinity, passTokens = 128 }: MicroBatchOptions,
): MicroBatch[] {
  const rowsOfAPass = passTokens / (width * (1 + width / attentionLength));
  const packs = width <= packedRowLimit;
  const most = powerOfTwoWithin(Math.max(1, Math.floor(maxTokens / width)));
  const rowsOf = (part: readonly Group[]): number => rowsNeeded(part, { width, packs });
  // Dealt out over several, groups may need more rows than together: then more are offered.
  for (let rows = rowsOf(groups); ; rows++) {
    const heights = heightsFor(rows, { most, rowsOfAPass });
    const parts = dealOut(groups, heights);
    if (parts.some((part, i) => part.length > 1 && rowsOf(part) > (heights[i] as number))) continue;
    return parts.flatMap((part, i): MicroBatch[] => {
      if (part.length === 0) return [];
      const indices = part.flatMap((group) => group.indices).sort((a, b) => a - b);
      return [{ indices, shape: [Math.max(heights[i] as number, rowsOf(part)), width], packs }];
    });
  }
}

// Rows of the micro-batches for that many: full ones, and the rest in at most three parts. Padding rows that cost less than
// another pass would save no more.
function heightsFor(
  rows: number,
  { most, rowsOfAPass }: { readonly most: number; readonly rowsOfAPass: number },
): number[] {
  const least = Math.max(1, most / 16);
  const heights = new Array<number>(Math.floor(rows / most)).fill(most);
  let rest = rows % most;
  for (let part = 1; rest > 0; part++) {
    const above = Math.max(least, roundUpToPowerOfTwo(rest));
    const height = part === 3 || above - rest <= rowsOfAPass ? above : powerOfTwoWithin(rest);
    heights.push(height);
    rest -= height;
  }
  return heights;
}

function powerOfTwoWithin(size: number): number {
  return 2 ** Math.floor(Math.log2(size));
}
