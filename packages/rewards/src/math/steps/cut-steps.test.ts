import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutSteps } from './cut-steps.ts';

describe('cutSteps', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['  \n \n', []],
    ['One line', ['One line']],
    ['A. Then 3.5 + 1 = 4.5. Done!', ['A. Then 3.5 + 1 = 4.5.', 'Done!']],
    ['1. First\n2. Second. Third', ['1. First', '2. Second.', 'Third']],
    ['Step 1. Add. Step 2. Divide.', ['Step 1. Add.', 'Step 2. Divide.']],
    ['Let $a. b = 2$ be. So \\[ x\n= 1. \\] holds.', ['Let $a. b = 2$ be.', 'So \\[ x\n= 1. \\] holds.']],
    ['$$x = 1.\ny = 2$$', ['$$x = 1.\ny = 2$$']],
    ['\\begin{align}a &= 1.\\\\\nb &= 2\\end{align}\nEnd', ['\\begin{align}a &= 1.\\\\\nb &= 2\\end{align}', 'End']],
    ['It costs $5. Twice is $10.', ['It costs $5.', 'Twice is $10.']],
    ['所以是三。然后是四。', ['所以是三。', '然后是四。']],
  ])('%j', (text, steps) => {
    expect(cutSteps(text)).toEqual(steps);
  });

  it('loses nothing but space', () => {
    const text = fc
      .array(fc.constantFrom('a', '. ', '1', '.', '\n', '$', ' = ', '\\[', '\\]', '!', '<<', '>>', '{'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (written) => {
        expect(cutSteps(written).join('').replace(/\s/g, '')).toBe(written.replace(/\s/g, ''));
      }),
    );
  });

  it('looks at a bounded part of a text, its end', () => {
    const steps = cutSteps(`${'x\n'.repeat(200_000)}last`);
    expect(steps.length).toBeLessThanOrEqual(400);
    expect(cutSteps(`${'x'.repeat(100_000)}\nlast`).at(-1)).toBe('last');
  });

  it.each(['$', '\\[', '\\begin{align}', '<<', '$a', '\\('])('takes linear time for nothing but %s', (part) => {
    expect(cutSteps(part.repeat(20_000)).length).toBeLessThanOrEqual(400);
  });
});
