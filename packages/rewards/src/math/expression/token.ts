import type { NumberExpression } from './expression.ts';

/**
 * What a token is, in one vocabulary for LaTeX, plain text and Unicode. `text` of the token tells relations, functions,
 * constants and names apart.
 */
export type TokenType =
  | 'number'
  | 'name'
  | 'constant'
  | 'function'
  | 'text'
  | 'accent'
  | 'relation'
  | 'scale'
  | 'set-operator'
  | 'begin'
  | 'end-environment'
  | 'end'
  | 'unknown'
  | 'log'
  | 'sqrt'
  | 'cbrt'
  | 'frac'
  | 'binom'
  | 'choose'
  | 'over'
  | 'mod'
  | 'pmod'
  | 'sum'
  | 'product'
  | 'integral'
  | 'limit'
  | 'boxed'
  | 'and'
  | 'or'
  | 'mid'
  | 'partial'
  | 'arrow'
  | 'prime'
  | 'transpose'
  | 'degree'
  | 'currency'
  | 'percent'
  | 'plus-minus'
  | 'minus-plus'
  | '+'
  | '-'
  | '*'
  | '/'
  | '^'
  | '_'
  | '!'
  | ','
  | ';'
  | ':'
  | '&'
  | 'row'
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | 'open-set'
  | 'close-set'
  | 'bar'
  | 'open-bar'
  | 'close-bar'
  | 'norm'
  | 'open-floor'
  | 'close-floor'
  | 'open-ceiling'
  | 'close-ceiling'
  | 'open-angle'
  | 'close-angle';

/** A piece of a formula. */
export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** Where it stands in the source. */
  readonly start: number;
  readonly end: number;
  /** Whether white space or a spacing command stands before it. */
  readonly spaced: boolean;
  /** Of a number. */
  readonly number?: NumberExpression;
  /** Set upright (`\mathrm{s}`), as units are. */
  readonly upright?: boolean;
}
