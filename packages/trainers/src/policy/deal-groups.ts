import { packByLength } from '@rlloom/models';
import type { MicroBatch, MicroBatchOptions } from './micro-batches.ts';

/** What a pass over rows of that shape costs, in tokens. */
export function passCost(
  [rows, width]: MicroBatch['shape'],
  { attentionLength = Infinity, passTokens = 128 }: Pick<MicroBatchOptions, 'attentionLength' | 'passTokens'>,
): number {
  return passTokens + rows * width * (1 + width / attentionLength);
}

/** Sequences that belong together. */
export interface Group {
  readonly indices: readonly [number, ...number[]];
  readonly lengths: readonly number[];
  readonly longest: number;
  readonly tokens: number;
}

/** Micro-batches, and what their passes cost together. */
export interface Plan {
  readonly microBatches: MicroBatch[];
  readonly cost: number;
}

/** Rows of that width that groups need. */
export function rowsNeeded(
  groups: readonly Group[],
  { width, packs }: { readonly width: number; readonly packs: boolean },
): number {
  const lengths = groups.flatMap((group) => group.lengths);
  return packs ? packByLength(lengths, width).length : lengths.length;
}

/** Each group, longest first, to the part that is emptiest for its size. */
export function dealOut(groups: readonly Group[], heights: readonly number[]): Group[][] {
  const parts = heights.map((height) => ({ groups: [] as Group[], tokens: 0, height }));
  for (const group of groups) {
    const fullness = (part: (typeof parts)[number]): number => (part.tokens + group.tokens) / part.height;
    const emptiest = parts.reduce((least, part) => (fullness(part) < fullness(least) ? part : least));
    emptiest.groups.push(group);
    emptiest.tokens += Math.max(1, group.tokens);
  }
  return parts.map((part) => part.groups);
}
