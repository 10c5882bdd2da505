import { z } from 'zod';
import { type AlignedText, sliceText } from './aligned-text.ts';

/** What becomes of a match: a part of its own, nothing, one part with its neighbour, or one with like neighbours. */
export const splitBehaviorSchema = z.enum([
  'Isolated',
  'Removed',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
]);

/** @see {@link splitBehaviorSchema} */
export type SplitBehavior = z.infer<typeof splitBehaviorSchema>;

interface Part {
  start: number;
  end: number;
  readonly isMatch: boolean;
}

/** How to split. */
export interface SplitOptions {
  /** With the flags `g` and `u`. */
  readonly pattern: RegExp;
  readonly behavior: SplitBehavior;
  /** What does not match counts as the match. */
  readonly invert: boolean;
}

/** The parts of a text between and around the matches of a pattern, without empty ones. */
export function splitText(aligned: AlignedText, { pattern, behavior, invert }: SplitOptions): AlignedText[] {
  return merged(partsOf(aligned.text, pattern, invert), behavior)
    .filter(({ start, end }) => end > start)
    .map(({ start, end }) => sliceText(aligned, start, end));
}

function partsOf(text: string, pattern: RegExp, invert: boolean): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > end) parts.push({ start: end, end: match.index, isMatch: invert });
    end = match.index + match[0].length;
    parts.push({ start: match.index, end, isMatch: !invert });
  }
  if (end < text.length) parts.push({ start: end, end: text.length, isMatch: invert });
  return parts;
}

function merged(parts: readonly Part[], behavior: SplitBehavior): Part[] {
  switch (behavior) {
    case 'Isolated':
      return [...parts];
    case 'Removed':
      return parts.filter(({ isMatch }) => !isMatch);
    case 'Contiguous':
      return fold(parts, (part, previous) => part.isMatch === previous);
    case 'MergedWithPrevious':
      return fold(parts, (part, previous) => part.isMatch && !previous);
    case 'MergedWithNext':
      return fold([...parts].reverse(), (part, previous) => part.isMatch && !previous).reverse();
  }
}

function fold(parts: readonly Part[], joins: (part: Part, previous: boolean) => boolean): Part[] {
  const result: Part[] = [];
  let previous = false;
  for (const part of parts) {
    const last = result.at(-1);
    if (last !== undefined && joins(part, previous)) {
      last.start = Math.min(last.start, part.start);
      last.end = Math.max(last.end, part.end);
    } else {
      result.push({ ...part });
    }
    previous = part.isMatch;
  }
  return result;
}
