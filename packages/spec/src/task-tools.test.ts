import { expect, it } from 'vitest';
import type { Task } from './task.ts';
import { taskTools } from './task-tools.ts';

const task = (extra?: Task['extra']): Task => ({
  id: 'a',
  tag: 'sum',
  messages: [],
  ...(extra !== undefined && { extra }),
});

it.each<[string, Task['extra'], readonly unknown[] | undefined]>([
  ['a list', { tools: [{ type: 'function' }] }, [{ type: 'function' }]],
  ['the JSON text of one', { tools: '[{"type":"function"}]' }, [{ type: 'function' }]],
  ['no field', { other: 1 }, undefined],
  ['no further fields', undefined, undefined],
  ['an empty list', { tools: [] }, undefined],
  ['other text', { tools: 'hammer' }, undefined],
  ['null', { tools: null }, undefined],
])('the tools of a record with %s', (_, extra, expected) => {
  expect(taskTools(task(extra))).toEqual(expected);
});
