import { expect, it } from 'vitest';
import { z } from 'zod';
import { toJsonSchema } from './json-schema.ts';

const optimizer = z.strictObject({ learningRate: z.number().positive().default(1e-6).describe('peak') });

it('has snake_case keys, descriptions and defaults, and requires nothing', () => {
  const schema = z.strictObject({
    maxSteps: z.int().positive().default(3).describe('how long'),
    actor: z.strictObject({ optimizer: optimizer.prefault({ learningRate: 1e-5 }) }),
    weights: z.record(z.string(), z.number()).default({ fooBar: 1 }),
  });
  expect(toJsonSchema(schema)).toEqual({
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: false,
    properties: {
      defaults: {
        description: 'configuration files this one inherits from; later ones count',
        anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
      },
      max_steps: {
        type: 'integer',
        exclusiveMinimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        default: 3,
        description: 'how long',
      },
      actor: {
        type: 'object',
        additionalProperties: false,
        properties: {
          optimizer: {
            type: 'object',
            additionalProperties: false,
            default: { learning_rate: 1e-5 },
            properties: { learning_rate: { type: 'number', exclusiveMinimum: 0, default: 1e-6, description: 'peak' } },
          },
        },
      },
      weights: {
        type: 'object',
        propertyNames: { type: 'string' },
        additionalProperties: { type: 'number' },
        default: { fooBar: 1 },
      },
    },
  });
});

it('keeps the key that tells options apart', () => {
  const schema = z.strictObject({
    judge: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('a'), baseUrl: z.string() }),
      z.strictObject({ kind: z.literal('b') }),
    ]),
  });
  const { judge } = toJsonSchema(schema)['properties'] as {
    judge: { oneOf: { required: string[]; properties: object }[] };
  };
  expect(judge.oneOf.map(({ required }) => required)).toEqual([['kind'], ['kind']]);
  expect(Object.keys(judge.oneOf[0]?.properties ?? {})).toEqual(['kind', 'base_url']);
});
