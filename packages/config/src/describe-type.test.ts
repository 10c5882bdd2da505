import { expect, it } from 'vitest';
import { z } from 'zod';
import { describeType } from './describe-type.ts';

it.each([
  [z.int().positive(), 'a positive integer'],
  [z.int().min(1), 'a positive integer'],
  [z.int().min(0).max(5), 'an integer of at least 0 and of at most 5'],
  [z.int(), 'an integer'],
  [z.number().min(0).lt(1).default(0.9), 'a number of at least 0 and below 1'],
  [z.number().positive().nullable(), 'a positive number, or null'],
  [z.string(), 'a text'],
  [z.string().min(1), 'a text that is not empty'],
  [z.boolean().optional(), 'true or false'],
  [z.enum(['a', 'b']), 'one of "a", "b"'],
  [z.literal('x'), '"x"'],
  [z.array(z.int()), 'a list, each entry an integer'],
  [z.tuple([z.int(), z.string()]), 'a list of an integer, a text'],
  [z.record(z.string(), z.number()), 'a group of names, each with a number'],
  [z.strictObject({ groupSize: z.int() }), 'a group of keys (group_size)'],
  [z.union([z.literal('all'), z.int()]), '"all", or an integer'],
  [z.preprocess((value) => value, z.boolean()), 'true or false'],
  [z.lazy(() => z.string()).readonly(), 'a text'],
])('%# %s', (schema, words) => {
  expect(describeType(schema)).toBe(words);
});
