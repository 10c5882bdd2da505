import { expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { trackReads, unreadKeys } from './track-reads.ts';

const schema = z.strictObject({
  rollout: z.strictObject({ groupSize: z.int(), topK: z.int(), stopStrings: z.array(z.string()) }),
  kl: z.strictObject({ coefficient: z.number(), schedule: z.strictObject({ warmupSteps: z.int() }) }),
  weights: z.record(z.string(), z.number()),
  judges: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), url: z.string() }),
      z.strictObject({ kind: z.literal('b'), depth: z.int() }),
    ]),
  ),
  pools: z.record(z.string(), z.strictObject({ size: z.int(), note: z.string().optional() })),
});
const values: z.infer<typeof schema> = {
  rollout: { groupSize: 8, topK: 0, stopStrings: ['x'] },
  kl: { coefficient: 0.1, schedule: { warmupSteps: 3 } },
  weights: { math: 1 },
  judges: [{ kind: 'a', url: 'u' }],
  pools: { 'p.1': { size: 2 } },
};

it('has the type and the values of what it tracks', () => {
  const { config } = trackReads(values);
  expectTypeOf(config).toEqualTypeOf<z.infer<typeof schema>>();
  expect(config).toEqual(values);
  expect(schema.parse(config)).toEqual(values);
});

it('knows every key unread before anything is read', () => {
  const all = [
    'rollout.group_size',
    'rollout.top_k',
    'rollout.stop_strings',
    'kl.coefficient',
    'kl.schedule.warmup_steps',
    'weights',
    'judges.*.kind',
    'judges.*.url',
    'judges.*.depth',
    'pools.*.size',
    'pools.*.note',
  ];
  expect(unreadKeys(schema, trackReads(values).reads)).toEqual(all);
});

it('survives destructuring, and a group taken out has not been read', () => {
  const { config, reads } = trackReads(values);
  const { groupSize } = config.rollout;
  const { kl } = config;
  expect(groupSize).toBe(8);
  expect(unreadKeys(schema, reads)).toContain('rollout.top_k');
  expect(unreadKeys(schema, reads)).not.toContain('rollout.group_size');
  expect(unreadKeys(schema, reads)).toContain('kl.coefficient');
  expect(kl.schedule.warmupSteps).toBe(3);
  expect(unreadKeys(schema, reads)).not.toContain('kl.schedule.warmup_steps');
});

it('reads the direct values of a group that is spread, and keeps tracking the groups in it', () => {
  const { config, reads } = trackReads(values);
  const copy = { ...config.kl };
  expect(unreadKeys(schema, reads)).not.toContain('kl.coefficient');
  expect(unreadKeys(schema, reads)).toContain('kl.schedule.warmup_steps');
  expect(copy.schedule.warmupSteps).toBe(3);
  expect(unreadKeys(schema, reads)).not.toContain('kl.schedule.warmup_steps');
});

it('follows lists and records of groups', () => {
  const { config, reads } = trackReads(values);
  expect(config.judges.map((judge) => judge.kind)).toEqual(['a']);
  expect(Object.values(config.pools).map(({ size }) => size)).toEqual([2]);
  expect(config.weights).toBeDefined();
  expect(config.rollout.stopStrings).toHaveLength(1);
  expect(unreadKeys(schema, reads)).toEqual([
    'rollout.group_size',
    'rollout.top_k',
    'kl.coefficient',
    'kl.schedule.warmup_steps',
    'judges.*.url',
    'judges.*.depth',
    'pools.*.note',
  ]);
});

it('can be cloned to a worker, which reads all that is there', () => {
  const { config, reads } = trackReads(values);
  expect(structuredClone(config)).toEqual(values);
  expect(unreadKeys(schema, reads)).toEqual(['judges.*.depth', 'pools.*.note']);
});
