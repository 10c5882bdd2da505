import type { Expression } from '../expression/expression.ts';
import { collectionPatterns, isCollection } from './collection-patterns.ts';
import { withinStack } from '../within-stack.ts';
import type { ErrorPattern } from './error-pattern.ts';
import { numberPatterns } from './number-patterns.ts';

/** Patterns of an answer that is not the reference, as two expressions. */
export function findErrorPatterns(answer: Expression, gold: Expression): ErrorPattern[] {
  const [left, right] = [unassigned(answer), unassigned(gold)];
  const isSeveral = isCollection(left) || isCollection(right);
  return withinStack(() => (isSeveral ? collectionPatterns : numberPatterns)(left, right)) ?? [];
}

/** The right side of `x = 5`. */
function unassigned(one: Expression): Expression {
  if (one.kind !== 'relation' || one.operators.join() !== '=' || one.operands[0]?.kind !== 'symbol') return one;
  return one.operands[1] ?? one;
}
