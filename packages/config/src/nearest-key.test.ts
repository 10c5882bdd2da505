import { expect, it } from 'vitest';
import { z } from 'zod';
import { nearestKey, nearestName, schemaPaths } from './nearest-key.ts';

const tree: z.ZodType = z.strictObject({
  actor: z.strictObject({ optimizer: z.strictObject({ learningRate: z.number() }), maxSteps: z.int() }),
  sft: z.strictObject({ optimizer: z.strictObject({ learningRate: z.number() }) }),
  node: z.lazy(() => tree).optional(),
});

it('prefers the same group, then the same name elsewhere, the nearest path first', () => {
  expect(nearestKey(tree, ['actor', 'max_step'], ['optimizer', 'max_steps'])).toBe('actor.max_steps');
  expect(nearestKey(tree, ['sft', 'learning_rate'], ['optimizer'])).toBe('sft.optimizer.learning_rate');
  expect(nearestKey(tree, ['actor', 'learning_rate'], ['optimizer', 'max_steps'])).toBe(
    'actor.optimizer.learning_rate',
  );
  expect(nearestKey(tree, ['banana'], ['actor', 'sft'])).toBeUndefined();
});

it('suggests nothing for a name that is far from all, or when there is none', () => {
  expect(nearestName('banana', ['learning_rate', 'beta1'])).toBeUndefined();
  expect(nearestName('x', [])).toBeUndefined();
});

it('ends in schemas that contain themselves', () => {
  expect(schemaPaths(tree).map((path) => path.join('.'))).toEqual([
    'actor',
    'actor.optimizer',
    'actor.optimizer.learning_rate',
    'actor.max_steps',
    'sft',
    'sft.optimizer',
    'sft.optimizer.learning_rate',
    'node',
  ]);
});
