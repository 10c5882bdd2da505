import { type Comparing, type Equality, every } from './comparison.ts';
import type { CompareItems, Sides } from './compare-collections.ts';
import type { RealPiece } from './real-sets.ts';

/** Whether two sets of real numbers have the same pieces: the same ends, open and closed alike. */
export function compareRealSets(
  [gold, answer]: Sides<readonly RealPiece[]>,
  comparing: Comparing,
  compare: CompareItems,
): Equality {
  if (gold.length !== answer.length) return 'different';
  return every(gold, (one, index) => {
    const other = answer[index]!;
    if (one.includesLower !== other.includesLower || one.includesUpper !== other.includesUpper) return 'different';
    return every([0, 1], (end) =>
      end === 0 ? compare(one.lower, other.lower, comparing) : compare(one.upper, other.upper, comparing),
    );
  });
}
