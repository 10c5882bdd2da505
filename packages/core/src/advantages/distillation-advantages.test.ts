import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../shape-error.ts';
import { distillationAdvantages } from './distillation-advantages.ts';

const nan = Number.NaN;

describe('distillationAdvantages', () => {
  it('is how much likelier each trained token is to the teacher', () => {
    expect(
      distillationAdvantages({
        teacherLogProbs: [[-1, -2.5, nan], [], Float32Array.of(-4)],
        studentLogProbs: [[-3, -0.5, nan], [], Float32Array.of(-1)],
        mask: [[1, 1, 0], [], Uint8Array.of(1)],
      }),
    ).toEqual([[2, -2, 0], [], [-3]]);
    expect(distillationAdvantages({ teacherLogProbs: [], studentLogProbs: [], mask: [] })).toEqual([]);
  });

  it('refuses a token that is impossible to one of them', () => {
    const impossible = [[Number.NEGATIVE_INFINITY]];
    const inputs = { teacherLogProbs: [[-1]], studentLogProbs: [[-1]], mask: [[1]] };
    expect(() => distillationAdvantages({ ...inputs, teacherLogProbs: impossible })).toThrow(RangeError);
    expect(() => distillationAdvantages({ ...inputs, studentLogProbs: impossible })).toThrow('token 0 of sequence 0');
  });

  it('refuses shapes that do not fit', () => {
    expect(() => distillationAdvantages({ teacherLogProbs: [[1]], studentLogProbs: [[1, 2]], mask: [[1]] })).toThrow(
      ShapeError,
    );
  });

  it('changes sign when teacher and student change places, and is 0 between equals', () => {
    const token = fc.tuple(fc.integer({ min: -20000, max: 0 }), fc.integer({ min: -20000, max: 0 }));
    fc.assert(
      fc.property(fc.array(token, { maxLength: 6 }), (tokens) => {
        const teacherLogProbs = [tokens.map(([teacher]) => teacher)];
        const studentLogProbs = [tokens.map(([, student]) => student)];
        const mask = [tokens.map(() => 1)];
        const [there = []] = distillationAdvantages({ teacherLogProbs, studentLogProbs, mask });
        const [back = []] = distillationAdvantages({
          teacherLogProbs: studentLogProbs,
          studentLogProbs: teacherLogProbs,
          mask,
        });
        there.forEach((value, i) => expect(value + (back[i] ?? nan)).toBe(0));
        expect(distillationAdvantages({ teacherLogProbs, studentLogProbs: teacherLogProbs, mask })).toEqual([
          tokens.map(() => 0),
        ]);
      }),
    );
  });
});
