import { describe, expect, it } from 'vitest';
import { checkSteps } from './check-steps.ts';

describe('checkSteps', () => {
  it('counts true equations', () => {
    const steps = checkSteps('She sold 48/2 = 24 clips in May, and 48 + 24 = 73 in all.', undefined);
    expect(steps).toEqual({
      equationCount: 2,
      trueFraction: 0.5,
      referenceFraction: undefined,
      falseEquations: ['48+24=73'],
    });
  });

  it('checks every pair of a chain', () => {
    expect(checkSteps('2 + 3 = 5 = 10 / 2', undefined)).toMatchObject({ equationCount: 2, trueFraction: 1 });
  });

  it.each([
    ['nothing to see', 0],
    ['5 = 5', 0],
    ['x + 143 = 200', 0],
    ['12 = 3y', 0],
    ['5 = 20 / x', 0],
    ['1+1=2, and 1+1=2, and again 1 + 1 = 2', 1],
    ['$\\frac{1}{2} + \\frac{1}{4} = \\frac{3}{4}$', 1],
    ['3 \\times 4 = 12', 1],
    ['.05 * 100 = 5', 1],
    ['10 / 3 = 3.33', 1],
    ['<<48/2=24>>', 1],
  ])('finds the equations of %s', (text, count) => {
    expect(checkSteps(text, undefined)).toMatchObject({ equationCount: count, trueFraction: count === 0 ? 0 : 1 });
  });

  it('does not take a coarse rounding for the result', () => {
    expect(checkSteps('10 / 3 = 3', undefined).trueFraction).toBe(0);
    expect(checkSteps('10 / 3 = 3.3', undefined).trueFraction).toBe(0);
  });

  it('finds reference steps in any order of operands, true ones only', () => {
    const steps = ['48/2 = <<48/2=24>>24 clips', '48+24=72', 'Then we are done'];
    expect(checkSteps('48/2=24. 24+48=72.', steps).referenceFraction).toBeCloseTo(2 / 3, 12);
    expect(checkSteps('48/2=24. 24+48=72. Then  we are DONE', steps).referenceFraction).toBe(1);
    expect(checkSteps('48/2=25', steps).referenceFraction).toBe(0);
    expect(checkSteps('', []).referenceFraction).toBe(1);
  });

  it('looks at a bounded number of equations', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `${index}+1=${index + 1}`).join('; ');
    expect(checkSteps(many, undefined).equationCount).toBe(200);
  });
});
