import { type Expression, formatExpression } from '@rlloom/rewards';
import { readCalls, type Term } from './srepr-term.ts';

/**
 * What sympy's `srepr` prints, as an expression: `Add(Symbol('y'), Rational(1, 2))`. Floats are the decimal numbers they
 * were written as; `i` that no sum or integral binds is the imaginary unit, as latex2sympy does not tell the two apart.
 *
 * @throws Error for classes it does not know
 */
export function readSrepr(text: string): Expression {
  return convert(readCalls(text), []);
}

type Kind<Name extends Expression['kind']> = Expression & { kind: Name };

const constants: Readonly<Record<string, Kind<'constant'>['name']>> = {
  pi: 'pi',
  E: 'e',
  I: 'i',
  oo: 'infinity',
  zoo: 'complex-infinity',
  EmptySet: 'empty-set',
  Naturals: 'naturals',
  Integers: 'integers',
  Rationals: 'rationals',
  Reals: 'reals',
  Complexes: 'complexes',
  true: 'true',
  false: 'false',
};

const relations: Readonly<Record<string, Kind<'relation'>['operators'][number]>> = {
  Equality: '=',
  Unequality: '!=',
  StrictGreaterThan: '>',
  GreaterThan: '>=',
  StrictLessThan: '<',
  LessThan: '<=',
  Contains: 'in',
};

const setOperators = { Union: 'union', Intersection: 'intersection', Complement: 'difference' } as const;
const boundOperators = { Sum: 'sum', Product: 'product', Integral: 'integral', Derivative: 'derivative' } as const;

function convert(term: Term, bound: readonly string[]): Expression {
  const { name, call } = term;
  if (call === undefined) return atom(name);
  const text = call[0]?.name ?? '';
  const parts = (): Expression[] => call.map((part) => convert(part, bound));
  if (name in relations) return { kind: 'relation', operands: parts(), operators: [relations[name]!] };
  if (name in setOperators) {
    return { kind: 'set-operation', operator: setOperators[name as keyof typeof setOperators], operands: parts() };
  }
  if (name in boundOperators) return boundBy(boundOperators[name as keyof typeof boundOperators], call, bound);
  switch (name) {
    case 'Integer':
      return integer(text);
    case 'Rational':
      return number(BigInt(text), BigInt(call[1]!.name));
    case 'Float':
      return decimal(text);
    case 'Symbol':
      return text === 'i' && !bound.includes('i')
        ? { kind: 'constant', name: 'i' }
        : { kind: 'symbol', name: symbolName(text) };
    case 'Add':
    case 'MatAdd':
      return { kind: 'add', terms: parts() };
    case 'Mul':
    case 'MatMul':
      return { kind: 'multiply', factors: parts() };
    case 'Pow': {
      const [base, exponent] = parts();
      return { kind: 'power', base: base!, exponent: exponent! };
    }
    case 'UnevaluatedExpr':
      return parts()[0]!;
    case 'Abs':
      return { kind: 'absolute', operand: parts()[0]! };
    case 'factorial':
      return { kind: 'factorial', operand: parts()[0]! };
    case 'Tuple':
      return { kind: 'tuple', items: parts() };
    case 'FiniteSet':
      return { kind: 'set', items: parts() };
    case 'And':
      return chained(parts());
    case 'Or':
      return { kind: 'logic', operator: 'or', operands: parts() };
    case 'Interval':
      return interval(parts(), call);
    case 'ImmutableDenseMatrix':
    case 'MutableDenseMatrix':
      return matrix(call[0]!, bound);
    case 'Limit':
      return limit(call, bound);
    default:
      return { kind: 'call', name: symbolName(name), arguments: parts() };
  }
}

function atom(name: string): Expression {
  if (name.startsWith('-')) return { kind: 'negate', operand: atom(name.slice(1)) };
  if (name === 'EulerGamma') return { kind: 'symbol', name: 'gamma' };
  const constant = constants[name];
  if (constant !== undefined) return { kind: 'constant', name: constant };
  if (/^\d+$/.test(name)) return integer(name);
  throw new Error(`${name} is no class of sympy that is known here`);
}

/** Names of one spelling: `f_{1}` is `f_1`. */
function symbolName(text: string): string {
  return text.replace(/_\{(.)\}$/, '_$1');
}

/** `a < b` and `b < c` are `a < b < c`, as it was read. */
function chained(operands: readonly Expression[]): Expression {
  let chain: Kind<'relation'> | undefined;
  for (const one of operands) {
    if (one.kind !== 'relation') return { kind: 'logic', operator: 'and', operands };
    const isNext =
      chain !== undefined && formatExpression(chain.operands.at(-1)!) === formatExpression(one.operands[0]!);
    if (chain !== undefined && !isNext) return { kind: 'logic', operator: 'and', operands };
    chain =
      chain === undefined
        ? one
        : {
            ...chain,
            operands: [...chain.operands, ...one.operands.slice(1)],
            operators: [...chain.operators, ...one.operators],
          };
  }
  return chain!;
}

function number(numerator: bigint, denominator: bigint): Expression {
  return { kind: 'number', value: { numerator, denominator }, decimals: undefined };
}

function integer(text: string): Expression {
  return number(BigInt(text), 1n);
}

// '1.1000000000000001' is how 1.1 is kept.
function decimal(text: string): Expression {
  const shortest = String(Number(text));
  const [mantissa = '', exponent = '0'] = shortest.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const scale = Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const power = 10n ** BigInt(Math.abs(scale));
  if (scale >= 0) return number(digits * power, 1n);
  const divisor = greatestCommonDivisor(digits < 0n ? -digits : digits, power);
  return {
    kind: 'number',
    value: { numerator: digits / divisor, denominator: power / divisor },
    decimals: Math.abs(scale),
  };
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : greatestCommonDivisor(right, left % right);
}

function interval([lower, upper]: readonly Expression[], [, , left, right]: readonly { name: string }[]): Expression {
  return {
    kind: 'interval',
    lower: lower!,
    upper: upper!,
    includesLower: left?.name === 'false',
    includesUpper: right?.name === 'false',
  };
}

function matrix(rows: Term, bound: readonly string[]): Expression {
  return { kind: 'matrix', rows: (rows.call ?? []).map((row) => (row.call ?? []).map((cell) => convert(cell, bound))) };
}

function boundBy(
  operator: (typeof boundOperators)[keyof typeof boundOperators],
  parts: readonly Term[],
  bound: readonly string[],
): Expression {
  const [body, ...ranges] = parts;
  let result: Expression | undefined;
  const names = ranges.map((range) => nameOf(range.call?.[0]));
  ranges.forEach((range, index) => {
    const [, lower, upper] = range.call ?? [];
    const inner = result ?? convert(body!, [...bound, ...names]);
    const limits =
      operator === 'derivative'
        ? {}
        : {
            ...(lower !== undefined && { lower: convert(lower, bound) }),
            ...(upper !== undefined && { upper: convert(upper, bound) }),
          };
    const times = operator === 'derivative' ? Number(lower?.call?.[0] === undefined ? 1 : nameOf(lower)) : 1;
    result = inner;
    for (let count = 0; count < times; count++) {
      result = { kind: 'bound', operator, body: result, variable: names[index]!, ...limits };
    }
  });
  return result!;
}

function limit([body, variable, point, side]: readonly Term[], bound: readonly string[]): Expression {
  const name = nameOf(variable);
  // sympy says '-' for a limit at infinity, from where there is only one side.
  const isInfinite = /^-?oo$/.test(nameOf(point));
  const direction = isInfinite ? '+-' : nameOf(side) === '-' ? '-' : '+';
  return {
    kind: 'bound',
    operator: 'limit',
    body: convert(body!, [...bound, name]),
    variable: name,
    lower: convert(point!, bound),
    direction,
  };
}

/** The text of `Symbol('x')`. */
function nameOf(term: Term | undefined): string {
  if (term === undefined) throw new Error('a name is missing');
  return term.call?.[0]?.name ?? term.name;
}
