import type { Task } from '@rlloom/spec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curriculumConfig } from '../data.config.ts';
import { createTaskStream, type TaskStreamOptions } from './task-stream.ts';

const make = (counts: Record<string, number>): Task[] =>
  Object.entries(counts).flatMap(([tag, count]) =>
    Array.from({ length: count }, (_, index) => ({ id: `${tag}${index}`, tag, difficulty: index, messages: [] })),
  );
const ids = (batch: readonly Task[]) => batch.map(({ id }) => id);
const draw = (options: TaskStreamOptions, batches: number) => {
  const stream = createTaskStream(options);
  return Array.from({ length: batches }, () => ids(stream.nextBatch()));
};

describe('createTaskStream', () => {
  it('draws every task once per epoch, each epoch in another order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer(),
        fc.integer({ min: 1, max: 50 }),
        (count, seed, batchSize) => {
          const tasks = make({ a: count });
          const drawn = draw({ tasks, seed, batchSize }, Math.ceil((count * 3) / batchSize)).flat();
          for (let epoch = 0; epoch < 3; epoch++) {
            expect(drawn.slice(epoch * count, (epoch + 1) * count).sort()).toEqual(ids(tasks).sort());
          }
        },
      ),
    );
    const epochs = draw({ tasks: make({ a: 20 }), seed: 1, batchSize: 20 }, 2);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[0]).not.toEqual(ids(make({ a: 20 })));
  });

  it('is the same for the same seed and another one for another seed', () => {
    const options = { tasks: make({ a: 20 }), batchSize: 4 };
    expect(draw({ ...options, seed: 3 }, 8)).toEqual(draw({ ...options, seed: 3 }, 8));
    expect(draw({ ...options, seed: 3 }, 8)).not.toEqual(draw({ ...options, seed: 4 }, 8));
  });

  it('keeps the order of the tasks without shuffling', () => {
    expect(draw({ tasks: make({ a: 3 }), seed: 1, batchSize: 2, shuffle: false }, 3)).toEqual([
      ['a0', 'a1'],
      ['a2', 'a0'],
      ['a1', 'a2'],
    ]);
  });

  it('goes on exactly from any state, through JSON', () => {
    const curriculum = curriculumConfig.parse({
      stages: [
        { untilStep: 2, maxDifficulty: 3 },
        { untilStep: 5, minDifficulty: 1 },
      ],
    });
    fc.assert(
      fc.property(
        fc.record({
          counts: fc.record({ a: fc.integer({ min: 2, max: 9 }), b: fc.integer({ min: 2, max: 9 }) }),
          seed: fc.integer(),
          batchSize: fc.integer({ min: 1, max: 12 }),
          ratios: fc.option(fc.record({ a: fc.integer({ min: 1, max: 5 }), b: fc.integer({ min: 1, max: 5 }) })),
          staged: fc.boolean(),
          before: fc.integer({ min: 0, max: 8 }),
        }),
        ({ counts, seed, batchSize, ratios, staged, before }) => {
          const options = {
            tasks: make(counts),
            seed,
            batchSize,
            domainRatios: ratios,
            curriculum: staged ? curriculum : null,
          };
          const whole = draw(options, before + 5);
          const first = createTaskStream(options);
          for (let batch = 0; batch < before; batch++) first.nextBatch();
          const saved: unknown = JSON.parse(JSON.stringify(first.state()));
          const second = createTaskStream(options);
          second.nextBatch();
          second.restore(saved);
          const rest = Array.from({ length: 5 }, () => ids(second.nextBatch()));
          expect(rest).toEqual(whole.slice(before));
        },
      ),
    );
  });

  it('gives tags their share, each domain running through its own epochs', () => {
    const tasks = make({ small: 3, large: 100 });
    const stream = createTaskStream({ tasks, seed: 5, batchSize: 7, domainRatios: { large: 3, small: 1 } });
    const seen: Task[] = [];
    for (let batch = 0; batch < 40; batch++) {
      seen.push(...stream.nextBatch());
      const small = seen.filter(({ tag }) => tag === 'small').length;
      expect(Math.abs(small - seen.length / 4)).toBeLessThanOrEqual(1);
    }
    const small = ids(seen.filter(({ tag }) => tag === 'small'));
    for (let start = 0; start + 3 <= small.length; start += 3) {
      expect(small.slice(start, start + 3).sort()).toEqual(['small0', 'small1', 'small2']);
    }
  });

  it('draws the same whatever order the ratios are written in', () => {
    const options = { tasks: make({ a: 5, b: 5 }), seed: 5, batchSize: 4 };
    expect(draw({ ...options, domainRatios: { a: 1, b: 2 } }, 6)).toEqual(
      draw({ ...options, domainRatios: { b: 2, a: 1 } }, 6),
    );
  });

  it('follows the stages of a curriculum', () => {
    const curriculum = curriculumConfig.parse({
      stages: [
        { untilStep: 3, maxDifficulty: 1 },
        { untilStep: 5, minDifficulty: 4 },
      ],
    });
    const stream = createTaskStream({ tasks: make({ a: 6 }), seed: 1, batchSize: 2, curriculum });
    const batches = Array.from({ length: 8 }, () => ids(stream.nextBatch()).sort());
    expect(batches.slice(0, 3)).toEqual(Array(3).fill(['a0', 'a1']));
    expect(batches.slice(3, 5)).toEqual(Array(2).fill(['a4', 'a5']));
    expect(batches.slice(5, 8).flat().sort()).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
  });

  it.each([
    [{ a: 1 }, 'no ratio for the tag "b"'],
    [{ a: 1, b: 1, c: 1 }, 'no task has the tag "c"'],
    [{ a: 1, b: 0 }, 'must be a positive number, not 0'],
    [{ a: 1, b: Number.NaN }, 'must be a positive number, not NaN'],
  ])('refuses the ratios %j', (domainRatios, expected) => {
    expect(() => createTaskStream({ tasks: make({ a: 2, b: 2 }), seed: 1, batchSize: 2, domainRatios })).toThrow(
      expected,
    );
  });

  it('refuses no tasks, no batch, and a stage that leaves nothing', () => {
    expect(() => createTaskStream({ tasks: [], seed: 1, batchSize: 2 })).toThrow('no tasks');
    expect(() => createTaskStream({ tasks: make({ a: 2 }), seed: 1, batchSize: 0 })).toThrow('at least one task');
    const curriculum = curriculumConfig.parse({ stages: [{ minDifficulty: 9 }] });
    expect(() => createTaskStream({ tasks: make({ a: 2 }), seed: 1, batchSize: 1, curriculum })).toThrow(
      /curriculum\.stages\[0\].*from 0 to 1/,
    );
  });

  it('refuses a state of other tasks, another seed, other ratios or another curriculum', () => {
    const options = { tasks: make({ a: 2, b: 2 }), seed: 1, batchSize: 3 };
    const stream = createTaskStream(options);
    stream.nextBatch();
    const state = stream.state();
    const reason = (change: Partial<TaskStreamOptions>) => {
      try {
        createTaskStream({ ...options, ...change }).restore(state);
        return 'none';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };
    expect(reason({})).toBe('none');
    expect(reason({ tasks: make({ a: 2, c: 2 }) })).toContain('not the ones');
    expect(reason({ seed: 2 })).toContain('seed 1');
    expect(reason({ domainRatios: { a: 1, b: 1 } })).toContain('domain_ratios');
    const stages = (maxDifficulty: number) => ({ stages: [{ untilStep: null, minDifficulty: null, maxDifficulty }] });
    expect(reason({ curriculum: stages(0) })).toContain('curriculum');
    expect(() => createTaskStream(options).restore({ step: 1 })).toThrow('not the state of a task stream');
  });
});
