import type { Rational } from '../rational.ts';

/**
 * A mathematical expression, as read from LaTeX or plain text: what stands there, not yet simplified. Plain data.
 * Lists are never empty unless said so; a minus sign is `negate`, a fraction `divide`, a root `power` with exponent
 * 1/n written as `root`.
 */
export type Expression =
  | NumberExpression
  | { readonly kind: 'constant'; readonly name: ConstantName }
  /** A variable with its subscript and accents in the name: `x`, `x_1`, `alpha`, `bar{x}`. */
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'add'; readonly terms: readonly Expression[] }
  | { readonly kind: 'multiply'; readonly factors: readonly Expression[] }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | { readonly kind: 'divide'; readonly numerator: Expression; readonly denominator: Expression }
  | { readonly kind: 'power'; readonly base: Expression; readonly exponent: Expression }
  | { readonly kind: 'root'; readonly radicand: Expression; readonly degree: Expression }
  /** `sign` is that of the upper reading: `\pm` is +, `\mp` is -. `left` is missing in a leading ±. */
  | { readonly kind: 'plus-minus'; readonly left?: Expression; readonly right: Expression; readonly sign: 1 | -1 }
  | { readonly kind: 'factorial'; readonly operand: Expression }
  | { readonly kind: 'absolute'; readonly operand: Expression }
  /** A named function, in sympy's names where it has one: `sin`, `log` (natural, or `[x, base]`), `gcd`, `Max`, `f`. */
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  /** `sum`, `product`, `integral`, `limit`, `derivative` with their bound variable. */
  | {
      readonly kind: 'bound';
      readonly operator: 'sum' | 'product' | 'integral' | 'limit' | 'derivative';
      readonly body: Expression;
      readonly variable: string;
      readonly lower?: Expression;
      readonly upper?: Expression;
      /** Of a limit. */
      readonly direction?: '+' | '-' | '+-';
    }
  /** `(1, 2)`: in order; two may also mean an open interval, which the other side of a comparison tells. May be empty. */
  | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
  /** `1, 2, 3` or `1 and 2` without brackets. */
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  /** `\{1, 2\}`; empty = the empty set. */
  | { readonly kind: 'set'; readonly items: readonly Expression[] }
  /** `{x : condition}` or `{x | condition}`. */
  | { readonly kind: 'set-builder'; readonly element: Expression; readonly condition: Expression }
  | {
      readonly kind: 'interval';
      readonly lower: Expression;
      readonly upper: Expression;
      readonly includesLower: boolean;
      readonly includesUpper: boolean;
    }
  | {
      readonly kind: 'set-operation';
      readonly operator: 'union' | 'intersection' | 'difference';
      readonly operands: readonly Expression[];
    }
  /** `a = b`, `a < b \le c`: `operators.length === operands.length - 1`. */
  | {
      readonly kind: 'relation';
      readonly operands: readonly Expression[];
      readonly operators: readonly RelationOperator[];
    }
  /** Conditions or answers joined by "and" / "or". */
  | { readonly kind: 'logic'; readonly operator: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly Expression[])[] }
  /** A number with a percent sign: `operand` is 28 for `28\%`. */
  | { readonly kind: 'percent'; readonly operand: Expression }
  /** A value with a unit of measure or currency, normalised: `5 \text{ cm}` is `{ value: 5, unit: 'cm' }`;
   * `90^\circ` has the unit `degree`, `\$5` the unit `dollar`, `204_5` the unit `base 5`. */
  | { readonly kind: 'quantity'; readonly value: Expression; readonly unit: string }
  /** Words: `\text{even}`, trimmed, spaces single. */
  | { readonly kind: 'text'; readonly text: string };

/** A number as written. */
export interface NumberExpression {
  readonly kind: 'number';
  /** Exact: `0.1` is 1/10, `2.5E2` is 250, `0.\overline{3}` is 1/3. */
  readonly value: Rational;
  /** Digits after the point; `undefined` when it was not written as a decimal number. */
  readonly decimals: number | undefined;
}

/** Constants; `reals` and the like are sets. */
export type ConstantName =
  | 'pi'
  | 'e'
  | 'i'
  | 'infinity'
  | 'complex-infinity'
  | 'empty-set'
  | 'naturals'
  | 'integers'
  | 'rationals'
  | 'reals'
  | 'complexes'
  | 'true'
  | 'false';

/** `in` = element of, `divides` is `a \mid b`, `congruent` has the modulus in a `call` named `Mod` on its right. */
export type RelationOperator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '~='
  | 'in'
  | 'not-in'
  | 'subset'
  | 'superset'
  | 'congruent'
  | 'divides'
  | 'parallel'
  | 'perpendicular'
  | 'similar'
  | 'maps-to';
