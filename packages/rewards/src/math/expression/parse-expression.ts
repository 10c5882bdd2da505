import { OverBudget, Undefined } from '../rational.ts';
import type { Expression } from './expression.ts';
import { parseInfix } from './parse-infix.ts';
import { parsePrimary } from './parse-primary.ts';
import { parseStatement, readItems } from './parse-statement.ts';
import { describe, peek, plainContext, type Parser, Unreadable } from './parser.ts';
import { tokenize } from './tokenize.ts';

/** How to read an expression. */
export interface ParseOptions {
  /** Whether `12,5` is twelve and a half. Default false: a list of 12 and 5. */
  readonly decimalComma?: boolean;
}

/** An expression, or why the text is none. */
export type ParseResult = { readonly expression: Expression } | { readonly problem: string };

/** Longest text that is read. */
const maximumLength = 20_000;

/**
 * Reads LaTeX or plain-text mathematics: numbers, formulas, relations, tuples, intervals, sets, matrices, lists of
 * answers. `$`, `\boxed`, `\left`, spacing and size commands do not matter. Never throws: a text that is not
 * mathematics, is longer than 20,000 characters or nested deeper than 500 levels gives a `problem`, for people. Takes
 * time in proportion to the text.
 *
 * @example
 * ```ts
 * const parsed = parseExpression('\\frac{1}{2}x');
 * 'expression' in parsed && formatExpression(parsed.expression); // => '1/2 * x'
 * parseExpression('x +'); // => { problem: 'expected a value at its end' }
 * ```
 */
export function parseExpression(text: string, options: ParseOptions = {}): ParseResult {
  if (text.length > maximumLength) return { problem: `it is longer than ${maximumLength} characters` };
  try {
    const tokens = tokenize(text, { decimalComma: options.decimalComma ?? false });
    if (tokens.length === 0) return { problem: 'it is empty' };
    const parser: Parser = {
      source: text,
      tokens,
      rules: { statement: parseStatement, items: readItems, expression: parseInfix, primary: parsePrimary },
      position: 0,
      limit: tokens.length,
      depth: 0,
      nodes: 0,
      context: plainContext,
      differential: undefined,
      partners: undefined,
      bound: [],
    };
    const expression = parseStatement(parser);
    const rest = peek(parser);
    return rest.type === 'end' ? { expression } : { problem: `did not expect ${describe(rest)}` };
  } catch (error) {
    // A RangeError is the stack: depth is bounded, but not by how much of it the caller has used.
    if (error instanceof RangeError) return { problem: 'it is nested too deeply' };
    if (error instanceof Unreadable || error instanceof OverBudget || error instanceof Undefined) {
      return { problem: error.message };
    }
    throw error;
  }
}
