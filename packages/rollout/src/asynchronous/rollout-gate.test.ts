import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitsLaterUpdates, groupsToBegin } from './rollout-gate.ts';

describe('groupsToBegin', () => {
  const bounds = { batchSize: 4, maxStaleness: 2, maxConcurrent: 6 };

  it('is the least of free places and what may still be begun', () => {
    expect(groupsToBegin({ completed: 0, isTraining: false, running: 0, fresh: 0 }, bounds)).toBe(6);
    expect(groupsToBegin({ completed: 0, isTraining: false, running: 2, fresh: 7 }, bounds)).toBe(3);
    expect(groupsToBegin({ completed: 0, isTraining: true, running: 2, fresh: 5 }, bounds)).toBe(1);
    expect(groupsToBegin({ completed: 9, isTraining: true, running: 6, fresh: 9 }, bounds)).toBe(0);
  });

  it('begins a surplus only while a batch is waited for', () => {
    const state = { completed: 1, running: 0, fresh: 12 };
    expect(groupsToBegin({ ...state, isTraining: false }, { ...bounds, surplus: 3 })).toBe(3);
    expect(groupsToBegin({ ...state, isTraining: true }, { ...bounds, surplus: 3 })).toBe(0);
  });

  it('taken oldest first, no group is older than the bound when its turn comes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.constantFrom('begin', 'drop', 'train', 'end'), { maxLength: 200 }),
        (batchSize, maxStaleness, events) => {
          let waiting: number[] = [];
          let completed = 0;
          let isTraining = false;
          for (const event of events) {
            const state = { completed, isTraining, running: waiting.length, fresh: 0 };
            if (event === 'begin' && groupsToBegin(state, { batchSize, maxStaleness, maxConcurrent: 99 }) > 0)
              waiting.push(completed);
            if (event === 'drop') waiting = waiting.slice(0, -1);
            if (event === 'train' && !isTraining && waiting.length >= batchSize) {
              for (const begun of waiting.slice(0, batchSize))
                expect(completed - begun).toBeLessThanOrEqual(maxStaleness);
              waiting = waiting.slice(batchSize);
              isTraining = true;
              expect(fitsLaterUpdates(waiting, { completed, batchSize, maxStaleness })).toBe(true);
            }
            if (event === 'end' && isTraining) {
              isTraining = false;
              completed += 1;
            }
          }
        },
      ),
    );
  });
});

describe('fitsLaterUpdates', () => {
  it('counts how many have to go into each of the updates to come', () => {
    const state = { completed: 5, batchSize: 2, maxStaleness: 2 };
    expect(fitsLaterUpdates([], state)).toBe(true);
    expect(fitsLaterUpdates([4, 4, 5, 5], state)).toBe(true);
    expect(fitsLaterUpdates([5, 4, 4, 4], state)).toBe(false);
    expect(fitsLaterUpdates([5, 5, 5, 5, 5], state)).toBe(false);
    expect(fitsLaterUpdates([3], state)).toBe(false);
    expect(fitsLaterUpdates([1], state)).toBe(false);
  });
});
