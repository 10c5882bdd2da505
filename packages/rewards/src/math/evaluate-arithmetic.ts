import { readNumber } from './number-literal.ts';
import {
  add,
  divide,
  multiply,
  negate,
  OverBudget,
  power,
  type Rational,
  rational,
  subtract,
  Undefined,
} from './rational.ts';

/** The value of the longest arithmetic expression at the start of a text. */
export interface Arithmetic {
  readonly value: Rational;
  /** Digits after the point when it is one signed decimal number; else `undefined`. */
  readonly decimals: number | undefined;
  /** Whether anything was calculated, rather than one number written down. */
  readonly calculated: boolean;
  /** Where the expression ends; what follows is a unit, text, or nonsense. */
  readonly end: number;
}

/** Why there is no value. `not-arithmetic` = something other than numbers and operators. */
export interface NoArithmetic {
  readonly problem: 'not-arithmetic' | 'undefined' | 'over-budget';
  readonly reason: string;
}

class NotArithmetic extends Error {}

/** Deepest nesting and most operations of one expression. */
const maximumDepth = 500;
const maximumOperations = 2000;

/**
 * Calculates the arithmetic at the start of `text`, exactly: numbers (see `readNumber`), `+ - * / ^`, parentheses and
 * braces, `\frac`, mixed numbers (`2\frac12`, `2 1/2`), factorials. Bounded in depth, operations and digits. `text` must be cleaned by `cleanMath`.
 */
export function evaluateArithmetic(text: string): Arithmetic | NoArithmetic {
  try {
    return new Evaluator(text).run();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof NotArithmetic) return { problem: 'not-arithmetic', reason };
    if (error instanceof Undefined) return { problem: 'undefined', reason };
    if (error instanceof OverBudget || error instanceof RangeError) return { problem: 'over-budget', reason };
    throw error;
  }
}

// A class only for the cursor its methods share. Methods are named after the grammar:
// sum := product (('+' | '-') product)*        product := signed (('*' | '/' | implicit) signed)*
// signed := ('+' | '-')* raised                raised := operand ('^' signed)?
class Evaluator {
  readonly #text: string;
  #position = 0;
  #depth = 0;
  #parentheses = 0;
  #operations = 0;
  #decimals: number | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Arithmetic {
    const value = this.#sum();
    const calculated = this.#operations > 0;
    // Looking for an operator has skipped spaces, which tell a unit from a variable.
    let end = this.#position;
    while (this.#text[end - 1] === ' ') end--;
    return { value, decimals: calculated ? undefined : this.#decimals, calculated, end };
  }

  #sum(): Rational {
    if (++this.#depth > maximumDepth) throw new OverBudget('it is nested too deeply');
    let value = this.#product();
    for (;;) {
      const before = this.#position;
      const operator = this.#take('+') ? add : this.#take('-') ? subtract : undefined;
      if (operator === undefined) break;
      const right = this.#attempt(() => this.#product(), before);
      if (right === undefined) break;
      value = this.#count(operator(value, right));
    }
    this.#depth--;
    return value;
  }

  #product(): Rational {
    let value = this.#signed();
    for (;;) {
      const before = this.#position;
      const operator = this.#take('*') ? multiply : this.#take('/') ? divide : undefined;
      if (operator === undefined && !this.#startsFactor()) break;
      const right = this.#attempt(() => (operator === undefined ? this.#raised() : this.#signed()), before);
      if (right === undefined) break;
      value = this.#count((operator ?? multiply)(value, right));
    }
    return value;
  }

  #signed(): Rational {
    let negative = false;
    for (;;) {
      if (this.#take('-')) negative = !negative;
      else if (!this.#take('+')) break;
    }
    const value = this.#raised();
    return negative ? negate(value) : value;
  }

  #raised(): Rational {
    let value = this.#operand();
    for (;;) {
      const before = this.#position;
      if (this.#take('!')) {
        value = this.#count(factorial(value));
        continue;
      }
      if (!this.#take('^')) return value;
      const base = value;
      const exponent = this.#attempt(() => this.#exponent(), before);
      if (exponent === undefined) return base;
      value = this.#count(power(base, exponent));
    }
  }

  #exponent(): Rational {
    if (this.#peek() === '{' || this.#peek() === '(') return this.#raised();
    return this.#signed();
  }

  #operand(): Rational {
    const next = this.#peek();
    if (next === '(' || next === '{') return this.#group(next);
    if (this.#text.startsWith('\\frac', this.#position)) return this.#fraction();
    const literal = readNumber(this.#text, this.#position, this.#parentheses === 0);
    if (literal === undefined)
      throw new NotArithmetic(`"${this.#text.slice(this.#position, this.#position + 20)}" is not a number`);
    this.#position += literal.length;
    this.#decimals = literal.decimals;
    return this.#withFraction(literal.value, literal.decimals === undefined);
  }

  #group(open: string): Rational {
    this.#position++;
    if (open === '(') this.#parentheses++;
    const value = this.#sum();
    if (!this.#take(open === '(' ? ')' : '}')) throw new NotArithmetic(`"${open}" is not closed around a number`);
    if (open === '(') this.#parentheses--;
    return value;
  }

  #fraction(): Rational {
    this.#position += '\\frac'.length;
    const numerator = this.#fractionArgument();
    const denominator = this.#fractionArgument();
    return this.#count(divide(numerator, denominator));
  }

  // TeX takes a brace group or a single token: `\frac12` is one half.
  #fractionArgument(): Rational {
    const next = this.#peek();
    if (next === '{') return this.#group(next);
    if (!/^\d$/.test(next)) throw new NotArithmetic('a part of \\frac is not a number');
    this.#position++;
    return rational(BigInt(next));
  }

  // `2\frac12` and `2 1/2` are sums, not products; only a proper fraction of whole numbers can follow like that.
  #withFraction(whole: Rational, isWhole: boolean): Rational {
    if (!isWhole) return whole;
    mixedFraction.lastIndex = this.#position;
    const match = mixedFraction.exec(this.#text);
    if (match === null) return whole;
    const numerator = BigInt(match[1] ?? match[2] ?? match[5] ?? '0');
    const denominator = BigInt(match[3] ?? match[4] ?? match[6] ?? '0');
    if (numerator >= denominator) throw new NotArithmetic('a whole number stands before an improper fraction');
    this.#position += match[0].length;
    return this.#count(add(whole, rational(numerator, denominator)));
  }

  #startsFactor(): boolean {
    const next = this.#peek();
    return next === '(' || this.#text.startsWith('\\frac', this.#position);
  }

  // Reads on, or goes back to where a whole expression ended, so that "5 - five" is 5 and a rest.
  #attempt(read: () => Rational, before: number): Rational | undefined {
    const depth = this.#depth;
    const parentheses = this.#parentheses;
    const decimals = this.#decimals;
    try {
      return read();
    } catch (error) {
      if (!(error instanceof NotArithmetic)) throw error;
      this.#position = before;
      this.#depth = depth;
      this.#parentheses = parentheses;
      this.#decimals = decimals;
      return undefined;
    }
  }

  #count(value: Rational): Rational {
    if (++this.#operations > maximumOperations) throw new OverBudget('it has too many operations');
    return value;
  }

  #peek(): string {
    while (this.#text[this.#position] === ' ') this.#position++;
    return this.#text[this.#position] ?? '';
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#position++;
    return true;
  }
}

const mixedFraction =
  /\s*\\frac\s*(?:\{(\d{1,6})\}|(\d))\s*(?:\{(\d{1,6})\}|(\d))|\s+(\d{1,6})\s*\/\s*(\d{1,6})(?![\d.,^])/y;

function factorial(value: Rational): Rational {
  if (value.denominator !== 1n || value.numerator < 0n) throw new Undefined('the factorial of no natural number');
  if (value.numerator > 300n) throw new OverBudget('the factorial has too many digits');
  let product = rational(1n);
  for (let factor = 2n; factor <= value.numerator; factor++) product = multiply(product, rational(factor));
  return product;
}
