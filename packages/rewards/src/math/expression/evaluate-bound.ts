import { Complex } from 'complex.js';
import type { Expression } from './expression.ts';

type Evaluate = (expression: Expression, assignment: ReadonlyMap<string, Complex>) => Complex;
type Bound = Expression & { kind: 'bound' };

const nan = new Complex(Number.NaN, Number.NaN);
const maximumTerms = 2000;

/**
 * The value of a sum or product with whole bounds, of a definite integral, of a derivative, of a limit that can be put
 * in; else not a number.
 */
export function evaluateBound(
  expression: Bound,
  assignment: ReadonlyMap<string, Complex>,
  evaluate: Evaluate,
): Complex {
  const inner = new Map(assignment);
  const at = (value: Complex): Complex => {
    inner.set(expression.variable, value);
    return evaluate(expression.body, inner);
  };
  const lower = expression.lower === undefined ? nan : evaluate(expression.lower, assignment);
  const upper = expression.upper === undefined ? nan : evaluate(expression.upper, assignment);
  switch (expression.operator) {
    case 'sum':
    case 'product':
      return series(expression.operator, [lower, upper], at);
    case 'integral':
      return integrate([lower, upper], at);
    case 'derivative':
      return derive(assignment.get(expression.variable) ?? nan, at);
    default:
      return limit(lower, expression.direction, at);
  }
}

function series(
  operator: 'sum' | 'product',
  [lower, upper]: readonly [Complex, Complex],
  at: (value: Complex) => Complex,
): Complex {
  const count = upper.re - lower.re;
  const isWhole = lower.im === 0 && upper.im === 0 && Number.isInteger(lower.re) && Number.isInteger(upper.re);
  if (!isWhole || count > maximumTerms) return nan;
  let result = new Complex(operator === 'sum' ? 0 : 1, 0);
  for (let index = 0; index <= count; index++) {
    const term = at(new Complex(lower.re + index, 0));
    result = operator === 'sum' ? result.add(term) : result.mul(term);
  }
  return result;
}

/** Double-exponential quadrature (Takahasi and Mori 1974) along the line between the limits. */
function integrate([lower, upper]: readonly [Complex, Complex], at: (value: Complex) => Complex): Complex {
  if (!lower.isFinite() || !upper.isFinite() || lower.isNaN() || upper.isNaN()) return nan;
  const half = upper.sub(lower).div(2);
  const middle = upper.add(lower).div(2);
  const step = 1 / 16;
  let sum = new Complex(0, 0);
  for (let index = -52; index <= 52; index++) {
    const angle = (Math.PI / 2) * Math.sinh(index * step);
    const node = Math.tanh(angle);
    const weight = ((Math.PI / 2) * Math.cosh(index * step)) / Math.cosh(angle) ** 2;
    const value = at(middle.add(half.mul(node)));
    if (value.isFinite()) sum = sum.add(value.mul(weight));
    // A singularity is allowed at the ends, where its weight vanishes.
    else if (Math.abs(node) < 1 - 1e-9) return nan;
  }
  return sum.mul(half).mul(step);
}

/** The value at the point itself, or what Richardson's extrapolation finds on the way there if that settles. */
function limit(point: Complex, direction: Bound['direction'], at: (value: Complex) => Complex): Complex {
  if (point.isNaN()) return nan;
  const there = point.isFinite() ? at(point) : nan;
  if (!there.isNaN() && there.isFinite()) return there;
  const sign = direction === '-' || point.re === Number.NEGATIVE_INFINITY ? -1 : 1;
  let row: Complex[] = [];
  let previous = nan;
  for (let level = 0; level < 10; level++) {
    const step = sign * 2 ** -(level + 3);
    const next = [at(point.isFinite() ? point.add(step) : new Complex(1 / step, 0))];
    for (let order = 1; order <= row.length; order++) {
      const last = next[order - 1]!;
      next.push(last.add(last.sub(row[order - 1]).div(2 ** order - 1)));
    }
    row = next;
    const best = row.at(-1)!;
    if (best.sub(previous).abs() <= 1e-11 * Math.max(1, best.abs())) return best;
    previous = best;
  }
  return nan;
}

/** Central differences of sixth order. */
function derive(point: Complex, at: (value: Complex) => Complex): Complex {
  const step = 0.004;
  const difference = (count: number): Complex => at(point.add(count * step)).sub(at(point.sub(count * step)));
  const sum = difference(1).mul(45).sub(difference(2).mul(9)).add(difference(3));
  return sum.div(60 * step);
}
