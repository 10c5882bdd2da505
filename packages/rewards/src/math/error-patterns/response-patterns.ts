import { isSame } from '../expression-judge.ts';
import type { Expression } from '../expression/expression.ts';
import { parseExpression } from '../expression/parse-expression.ts';
import { findBoxed, hasOpenBox } from '../extract/find-boxes.ts';
import { findFormulas } from '../extract/find-formulas.ts';
import { findNumbers } from '../extract/find-numbers.ts';
import type { ErrorPattern } from './error-pattern.ts';

/** A response that was not judged correct. */
export interface JudgedResponse {
  /** The part of it in which the answer was looked for. */
  readonly text: string;
  /** The answer that was found, as written. */
  readonly answer: string | undefined;
  /** The reference, where it could be read. */
  readonly gold: Expression | undefined;
  /** Whether only an answer in a box counts. */
  readonly needsBox: boolean;
}

// Formulas and numbers of a response that are held against the reference, from its end.
const maximumTried = 16;
const maximumCharacters = 200;

/** Patterns of how a response presents its answer. */
export function responsePatterns({ text, answer, gold, needsBox }: JudgedResponse): ErrorPattern[] {
  const patterns: ErrorPattern[] = [];
  const isOpen = findBoxed(text) === undefined && hasOpenBox(text);
  if (isOpen) patterns.push('unclosed_box');
  const values = valuesOf(text);
  if (answer === undefined) {
    if (!isOpen && needsBox && values.length > 0) patterns.push('missing_box');
    else if (!isOpen) patterns.push('no_final_answer');
  }
  if (gold !== undefined && isAmong(gold, values, answer)) patterns.push('right_number_not_final');
  return patterns;
}

function valuesOf(text: string): readonly string[] {
  const formulas = findFormulas(text);
  const isInside = (at: number): boolean => formulas.some(({ start, end }) => start <= at && at < end);
  const numbers = findNumbers(text).filter(({ start }) => !isInside(start));
  const all = [...formulas, ...numbers].sort((a, b) => b.start - a.start).slice(0, maximumTried);
  return [...new Set(all.map((one) => one.text))];
}

function isAmong(gold: Expression, values: readonly string[], answer: string | undefined): boolean {
  return values.some((text) => {
    if (text === answer || text.length > maximumCharacters) return false;
    const parsed = parseExpression(text);
    return 'expression' in parsed && isSame(gold, result(parsed.expression));
  });
}

/** What an equation comes to: 24 in `48/2 = 24`. */
function result(one: Expression): Expression {
  return one.kind === 'relation' && one.operators.every((operator) => operator === '=') ? one.operands.at(-1)! : one;
}
