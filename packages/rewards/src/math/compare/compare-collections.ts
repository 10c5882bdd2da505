import type { Expression } from '../expression/expression.ts';
import { asEquality, type Comparing, type Equality, every, some } from './comparison.ts';
import { exactKey } from './compare-scalars.ts';

/** Compares two items, each with the comparison it is part of. */
export type CompareItems = (gold: Expression, answer: Expression, comparing: Comparing) => Equality;

/** Items that are left over after equal numbers are matched are compared each with each: at most this many pairs. */
const maximumPairs = 256;

/** The reference first, then the answer. */
export type Sides<T> = readonly [gold: T, answer: T];

/** Whether two tuples are equal: as long as each other, and equal in every place. */
export function compareInOrder(
  [gold, answer]: Sides<readonly Expression[]>,
  comparing: Comparing,
  compare: CompareItems,
): Equality {
  if (gold.length !== answer.length) return 'different';
  return every(gold, (item, index) => compare(item, answer[index]!, comparing));
}

/**
 * Whether two collections hold the same items, in any order. Repeated items count once. Numbers are matched by value in one
 * pass; what is left is compared pair by pair, as long as there are few pairs.
 */
export function compareAsSets(
  [gold, answer]: Sides<readonly Expression[]>,
  comparing: Comparing,
  compare: CompareItems,
): Equality {
  const left = keyed(gold);
  const right = keyed(answer);
  const goldRest = [...left.rest];
  const answerRest = [...right.rest];
  for (const [key, item] of left.byKey) if (!right.byKey.has(key)) goldRest.push(item);
  for (const [key, item] of right.byKey) if (!left.byKey.has(key)) answerRest.push(item);
  if (goldRest.length * answerRest.length > maximumPairs) {
    const isCounted = left.rest.length === 0 && right.rest.length === 0;
    // Exact numbers all: what is left over has no partner.
    if (isCounted) return 'different';
    comparing.problem ??= 'the sets are too large to compare all pairs';
    return 'unknown';
  }
  // A repeated item may be equal to one that has its partner already.
  const known = (items: Map<string, Expression>): Expression[] => [...items.values()].slice(0, 32);
  const unmatched = new Set(answerRest);
  const forward = every(goldRest, (item) =>
    findEqual([...unmatched, ...answerRest, ...known(right.byKey)], (other) => {
      const equality = compare(item, other, comparing);
      if (equality === 'equal') unmatched.delete(other);
      return equality;
    }),
  );
  if (forward === 'different') return forward;
  const backward = every([...unmatched], (item) =>
    findEqual([...goldRest, ...known(left.byKey)], (other) => compare(other, item, comparing)),
  );
  return backward === 'equal' ? forward : backward;
}

function findEqual(others: readonly Expression[], compare: (other: Expression) => Equality): Equality {
  return some([...new Set(others)], compare);
}

function keyed(items: readonly Expression[]): { byKey: Map<string, Expression>; rest: Expression[] } {
  const byKey = new Map<string, Expression>();
  const rest: Expression[] = [];
  for (const item of items) {
    const key = exactKey(item);
    if (key === undefined) rest.push(item);
    else byKey.set(key, item);
  }
  return { byKey, rest };
}

/** Whether two matrices have the same shape and entries. */
export function compareMatrices(
  [gold, answer]: Sides<readonly (readonly Expression[])[]>,
  comparing: Comparing,
  compare: CompareItems,
): Equality {
  const isSameShape = gold.length === answer.length && gold.every((row, index) => row.length === answer[index]!.length);
  if (!isSameShape) return asEquality(false);
  return every(gold.flat(), (entry, index) => compare(entry, answer.flat()[index]!, comparing));
}
