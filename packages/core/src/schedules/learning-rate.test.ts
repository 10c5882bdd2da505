import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LearningRateSchedule, learningRateAt } from './learning-rate.ts';

const rates = (schedule: LearningRateSchedule, steps: readonly number[]) =>
  steps.map((step) => learningRateAt(step, schedule));
const near = (values: readonly number[]): unknown[] => values.map((value): unknown => expect.closeTo(value, 12));

describe('learningRateAt', () => {
  it('constant: rises over the warm-up and stays', () => {
    expect(rates({ kind: 'constant', learningRate: 2, warmupSteps: 4 }, [0, 1, 4, 99])).toEqual(near([0, 0.5, 2, 2]));
  });

  it('rises from the start ratio', () => {
    expect(rates({ kind: 'constant', learningRate: 1, warmupSteps: 2, warmupStartRatio: 0.5 }, [0, 1, 2])).toEqual(
      near([0.5, 0.75, 1]),
    );
  });

  it('linear: reaches 0 at the last step and stays there', () => {
    expect(rates({ kind: 'linear', learningRate: 1, warmupSteps: 2, totalSteps: 6 }, [1, 2, 4, 6, 9])).toEqual(
      near([0.5, 1, 0.5, 0, 0]),
    );
  });

  it('cosine: is half way in the middle and at the minimum ratio at the end', () => {
    expect(rates({ kind: 'cosine', learningRate: 2, totalSteps: 10, minRatio: 0.1 }, [0, 5, 10])).toEqual(
      near([2, 1.1, 0.2]),
    );
  });

  it('cosine with restarts: returns to the peak', () => {
    expect(rates({ kind: 'cosine-with-restarts', learningRate: 1, totalSteps: 8, cycles: 2 }, [0, 2, 4, 6, 8])).toEqual(
      near([1, 0.5, 1, 0.5, 0]),
    );
  });

  it('polynomial: ends at an absolute rate', () => {
    const schedule = { kind: 'polynomial', learningRate: 2, totalSteps: 4, endLearningRate: 0.5, power: 2 } as const;
    expect(rates(schedule, [0, 2, 4, 5])).toEqual(near([2, 0.5 + 1.5 * 0.25, 0.5, 0.5]));
  });

  it('inverse square root: halves after three timescales', () => {
    expect(rates({ kind: 'inverse-square-root', learningRate: 1, warmupSteps: 4 }, [2, 4, 16])).toEqual(
      near([0.5, 1, 0.5]),
    );
    expect(rates({ kind: 'inverse-square-root', learningRate: 1, timescale: 100 }, [0, 300])).toEqual(near([1, 0.5]));
  });

  it('warmup-stable-decay: holds the peak until the decay', () => {
    const schedule = {
      kind: 'warmup-stable-decay',
      learningRate: 1,
      warmupSteps: 2,
      totalSteps: 10,
      decaySteps: 4,
      minRatio: 0.2,
    } as const;
    expect(rates(schedule, [1, 2, 6, 8, 10, 12])).toEqual(near([0.5, 1, 1, 0.6, 0.2, 0.2]));
    expect(rates({ ...schedule, decay: 'linear' }, [7])).toEqual(near([0.8]));
    expect(rates({ ...schedule, decay: 'one-minus-sqrt' }, [7])).toEqual(near([0.2 + 0.8 * 0.5]));
  });

  it.each([-1, 0.5, Number.NaN])('refuses step %s', (step) => {
    expect(() => learningRateAt(step, { kind: 'constant', learningRate: 1 })).toThrow(RangeError);
  });

  it('refuses an unknown kind or decay', () => {
    expect(() => learningRateAt(0, { kind: 'other', learningRate: 1 } as never)).toThrow('unknown kind other');
    const decay = { kind: 'warmup-stable-decay', learningRate: 1, totalSteps: 4, decaySteps: 4, decay: 'other' };
    expect(() => learningRateAt(1, decay as never)).toThrow('unknown decay other');
  });

  it('stays between 0 and the peak, and does not rise after the warm-up', () => {
    const kinds = ['linear', 'cosine', 'polynomial', 'inverse-square-root', 'warmup-stable-decay'] as const;
    const whole = (max: number) => fc.integer({ min: 1, max });
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.tuple(whole(20), whole(50), whole(50)),
        (kind, [warmupSteps, steps, decay]) => {
          const totalSteps = warmupSteps + steps;
          const decaySteps = Math.min(decay, steps);
          const schedule: LearningRateSchedule = { kind, learningRate: 3, warmupSteps, totalSteps, decaySteps };
          const all = rates(
            schedule,
            Array.from({ length: totalSteps + 1 }, (_, step) => step),
          );
          all.forEach((rate, step) => {
            expect(rate).toBeGreaterThanOrEqual(0);
            expect(rate).toBeLessThanOrEqual(3 + 1e-12);
            if (step > warmupSteps) expect(rate).toBeLessThanOrEqual((all[step - 1] as number) + 1e-12);
          });
        },
      ),
    );
  });
});
