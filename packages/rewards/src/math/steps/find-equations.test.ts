import { describe, expect, it } from 'vitest';
import { findEquations } from './find-equations.ts';

const found = (step: string) =>
  findEquations(step).map(({ left, right, isApproximate }) => `${left} ${isApproximate ? '~' : '='} ${right}`);

describe('findEquations', () => {
  it.each<[string, string[]]>([
    ['nothing here', []],
    ['She sold 48/2 = 24 clips in May', ['48/2 = 24']],
    ['2 + 3 = 5 = 10 / 2', ['2 + 3 = 5', '5 = 10 / 2']],
    ['5 apples + 3 apples = 8 apples', ['5 + 3 = 8']],
    ['5 apples + 3 pears = 8 fruits', []],
    ['3 * 4 = 12 and 3 + 4 = 7.', ['3 * 4 = 12', '3 + 4 = 7']],
    ['The total is $5 + $3 = $8.', ['5 + 3 = 8']],
    ['1,000 + 500 = 1,500, so', ['1,000 + 500 = 1,500']],
    ['4 x 5 = 20', ['4 * 5 = 20']],
    ['speed * 3 = 12', []],
    ['profit - 5 = 10', []],
    ['it is -3 + 5 = 2', ['-3 + 5 = 2']],
    ['12 = 20 / speed', []],
    ['(3 + 4 = 7)', ['3 + 4 = 7']],
    ['2(3 + 4) = 14', ['2(3 + 4) = 14']],
    ['x = 5', ['x = 5']],
    ['10 / 3 ≈ 3.3', ['10 / 3 ~ 3.3']],
    ['a <= 5 and b >= 2 == c != d', []],
    ['48/2 = <<48/2=24>>24 clips', ['48/2 = 24', '48/2 = 24']],
    ['$\\frac{1}{2} + \\frac{1}{4} = \\frac{3}{4}$', ['\\frac{1}{2} + \\frac{1}{4} = \\frac{3}{4}']],
    ['\\[ a = b = c \\]', ['a = b', 'b = c']],
    ['\\begin{align*} 2x &= 4 \\\\ &= 8/2 \\end{align*}', ['2x = 4', '4 = 8/2']],
    ['$x = 1, y = 2$', ['x = 1', 'y = 2']],
    ['$2x = 4 \\Rightarrow x = 2$', ['2x = 4', 'x = 2']],
    ['$f(x = 1)$', []],
    ['so $2+2$ = 4', ['2+2 = 4']],
    ['Total = 5 + 3 = 8', ['5 + 3 = 8']],
    ['8 x 1 1/2 = 12 rolls', ['8 * (1+1/2) = 12']],
    ['12 x 1 and 1/4 = 15', ['12 * (1+1/4) = 15']],
    ['60 students x 2/3 = 40 students', []],
    ['He can park 16,0000/10=16000 cars', []],
    ['1 hour 20 minutes = (60+20) minutes', []],
    ['We have 2 kg = 2 * 1000 = 2000 g', ['2 * 1000 = 2000 g']],
    ['2 hours = 120', []],
    ['0900-0130 = 0730', []],
    ['6:00+18 hours = 00:00', []],
    ['$100+($100*(10/100) = $110', []],
    ['75 + 10% of 150 = 75 + 15', ['75 + 10% * 150 = 75 + 15']],
    ['a 5 + 3 = 8', ['5 + 3 = 8']],
  ])('%s', (step, equations) => {
    expect(found(step)).toEqual(equations);
  });
});
