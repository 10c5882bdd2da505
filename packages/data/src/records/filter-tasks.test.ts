import type { Task } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { filterTasks } from './filter-tasks.ts';

const task = (id: string, tag: string, difficulty?: number): Task => ({
  id,
  tag,
  messages: [],
  ...(difficulty !== undefined && { difficulty }),
});
const tasks = [task('a', 'x', 1), task('b', 'y', 2), task('c', 'x', 3), task('d', 'x')];

describe('filterTasks', () => {
  it('keeps all without a filter', () => {
    expect(filterTasks(tasks, { tags: null, minDifficulty: null }).tasks).toEqual(tasks);
  });

  it('counts what it drops for which reason; bounds are inclusive', () => {
    const { tasks: kept, dropped } = filterTasks(tasks, { tags: ['x'], minDifficulty: 3, maxDifficulty: 3 });
    expect(kept.map(({ id }) => id)).toEqual(['c']);
    expect(dropped).toEqual({ byTag: 1, byDifficulty: 1, withoutDifficulty: 1 });
  });

  it('treats a bound of 0 as a bound', () => {
    expect(
      filterTasks([task('a', 'x', -1), task('b', 'x', 0)], { minDifficulty: 0 }).tasks.map(({ id }) => id),
    ).toEqual(['b']);
  });

  it('names the filter that leaves nothing', () => {
    expect(() => filterTasks(tasks, { tags: ['z'], minDifficulty: 2 })).toThrow(
      /tags \[z\], min_difficulty 2 .*\n.*x, y/,
    );
    expect(() => filterTasks([], {})).toThrow('leaves none of 0 tasks');
  });
});
