import { isWords } from './compare/compare-expressions.ts';
import type { Expression } from './expression/expression.ts';
import { parseExpression } from './expression/parse-expression.ts';

/** An answer, cut out of its text, as it was read. */
export interface AnswerReading {
  readonly text: string;
  /** `undefined` when it cannot be read as mathematics or words. */
  readonly expression: Expression | undefined;
  /** Why it cannot be read. */
  readonly problem: string | undefined;
  /** Whether it is words, a name or a letter. */
  readonly isWords: boolean;
}

/** Reads an answer. What surrounds it without meaning (`185\`, `**7**`) is dropped when it is in the way. */
export function readAnswer(text: string): AnswerReading {
  const parsed = parseExpression(text);
  if ('expression' in parsed) return reading(text, insideText(parsed.expression));
  for (const other of [withoutLoose(text), lastSide(text)]) {
    if (other === undefined || other === text) continue;
    const again = parseExpression(other);
    if ('expression' in again) return reading(text, again.expression);
  }
  return { text, expression: undefined, problem: parsed.problem, isWords: false };
}

/** \text{10 units} is 10 units. */
function insideText(expression: Expression): Expression {
  if (expression.kind !== 'text' || !/^-?[\d.,/]+(?: [a-z]+){0,3}$/i.test(expression.text)) return expression;
  const inner = parseExpression(expression.text);
  return 'expression' in inner ? inner.expression : expression;
}

function reading(text: string, expression: Expression): AnswerReading {
  return { text, expression, problem: undefined, isWords: isWords(expression) };
}

const loose = new Set(' \t\r\n*_`\\.,;:!?"\'“”');

// A loop, not a regular expression ending in `$`: that would be quadratic in runs of spaces.
function withoutLoose(text: string): string {
  let start = 0;
  let end = text.length;
  while (end > start && loose.has(text[end - 1]!)) end--;
  while (start < end && loose.has(text[start]!) && text[start] !== '\\') start++;
  return text.slice(start, end);
}

/** Of a chain of equations in which something cannot be read: its last side, which is the answer. */
function lastSide(text: string): string | undefined {
  if (text.length > 2000 || /[,;]/.test(text)) return undefined;
  const sides = text.split(/(?<![\\<>!:])=(?!=)/);
  return sides.length > 2 ? sides.at(-1)?.replace(/\$/g, '') : undefined;
}
