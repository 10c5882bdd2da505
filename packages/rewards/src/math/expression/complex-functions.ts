import { Complex } from 'complex.js';

const nan = new Complex(Number.NaN, Number.NaN);

/** Functions of one complex number that have the same name in sympy; principal values. */
export const complexFunctions: Readonly<Record<string, (value: Complex) => Complex>> = {
  sin: (value) => value.sin(),
  cos: (value) => value.cos(),
  tan: (value) => value.tan(),
  csc: (value) => value.csc(),
  sec: (value) => value.sec(),
  cot: (value) => value.cot(),
  asin: (value) => value.asin(),
  acos: (value) => value.acos(),
  atan: (value) => value.atan(),
  acsc: (value) => value.acsc(),
  asec: (value) => value.asec(),
  acot: (value) => value.inverse().atan(),
  sinh: (value) => value.sinh(),
  cosh: (value) => value.cosh(),
  tanh: (value) => value.tanh(),
  csch: (value) => value.csch(),
  sech: (value) => value.sech(),
  coth: (value) => value.coth(),
  asinh: (value) => value.asinh(),
  acosh: (value) => value.acosh(),
  atanh: (value) => value.atanh(),
  acsch: (value) => value.inverse().asinh(),
  asech: (value) => value.inverse().acosh(),
  acoth: (value) => value.inverse().atanh(),
  exp: (value) => value.exp(),
  floor: (value) => new Complex(floorNear(value.re), floorNear(value.im)),
  ceiling: (value) => new Complex(-floorNear(-value.re), -floorNear(-value.im)),
  sign: (value) => (value.isZero() ? value : value.div(value.abs())),
  re: (value) => new Complex(value.re, 0),
  im: (value) => new Complex(value.im, 0),
  conjugate: (value) => value.conjugate(),
  arg: (value) => new Complex(value.arg(), 0),
  gamma: (value) => gamma(value),
};

// 2.9999999999999996 from floating point is 3.
function floorNear(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value - nearest) <= 1e-12 * Math.max(1, Math.abs(value)) ? nearest : Math.floor(value);
}

// Lanczos's approximation, g = 7, n = 9 (coefficients by Godfrey); about 15 digits.
const coefficients = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function gamma(value: Complex): Complex {
  if (!value.isFinite()) return nan;
  if (value.re < 0.5) {
    return new Complex(Math.PI, 0).div(
      value
        .mul(Math.PI)
        .sin()
        .mul(gamma(new Complex(1 - value.re, -value.im))),
    );
  }
  const shifted = new Complex(value.re - 1, value.im);
  let sum = new Complex(coefficients[0], 0);
  for (let index = 1; index < coefficients.length; index++) {
    sum = sum.add(new Complex(coefficients[index], 0).div(shifted.re + index, shifted.im));
  }
  const base = shifted.add(7.5);
  return base
    .pow(shifted.add(0.5))
    .mul(base.neg().exp())
    .mul(sum)
    .mul(Math.sqrt(2 * Math.PI));
}

/** `value!`, as gamma(value + 1); exact for small whole numbers. */
export function factorial(value: Complex): Complex {
  if (value.im === 0 && Number.isInteger(value.re) && value.re >= 0 && value.re <= 170) {
    let result = 1;
    for (let factor = 2; factor <= value.re; factor++) result *= factor;
    return new Complex(result, 0);
  }
  return gamma(value.add(1));
}

/** `n` over `k`, for complex numbers by the gamma function. */
export function binomial(n: Complex, k: Complex): Complex {
  if (k.im === 0 && Number.isInteger(k.re) && k.re >= 0 && k.re <= 1000) {
    let result = new Complex(1, 0);
    for (let index = 1; index <= k.re; index++) result = result.mul(n.sub(k.re - index)).div(index);
    return result;
  }
  return factorial(n).div(factorial(k).mul(factorial(n.sub(k))));
}

/**
 * Some value of a function nobody has defined: smooth, different for different names, the same for the same arguments.
 * What holds for it at random points holds for any function.
 */
export function unknownFunction(name: string, values: readonly Complex[]): Complex {
  let seed = 7;
  for (const character of name) seed = (seed * 31 + character.charCodeAt(0)) % 9973;
  let result = new Complex(1 + (seed % 89) / 97, (seed % 71) / 83);
  values.forEach((value, index) => {
    const weight = new Complex(1 + ((seed * (index + 3)) % 101) / 103, ((seed * (index + 5)) % 61) / 67);
    result = result.mul(weight.add(value.mul(weight)).add(value.mul(value).mul(0.37 + index / 7)));
  });
  return result;
}
