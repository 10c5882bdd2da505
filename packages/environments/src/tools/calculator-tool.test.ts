import type { Task } from '@rlloom/spec';
import { testTool } from '@rlloom/spec/testing';
import { expect, it } from 'vitest';
import { calculatorTool } from './calculator-tool.ts';

const task: Task = { id: 'a', tag: 'math', messages: [] };
const { signal } = new AbortController();

testTool('calculator', () => ({ tool: calculatorTool(), task, validArguments: { expression: '1+2' } }));

it.each([
  ['37*48', '1776'],
  ['(3 + 4) * 12 / 5', '16.8'],
  ['0.1+0.2', '0.3'],
  ['2^10 % 7', '2'],
  ['sqrt(2)', '1.4142135623731'],
  ['-5', '-5'],
])('computes %s', async (expression, content) => {
  const session = await calculatorTool().create({ task, kwargs: {}, seed: 1, signal });
  expect(await session.execute({ expression }, { kwargs: {}, signal })).toEqual({ content });
});

it.each(['1/0', '2+', 'x', 'x = 3', '"a"', 'constructor', 'f(y) = 2', '0/0', '1'.repeat(600)])(
  'refuses %s',
  async (expression) => {
    const session = await calculatorTool().create({ task, kwargs: {}, seed: 1, signal });
    await expect(session.execute({ expression }, { kwargs: {}, signal })).rejects.toThrow(/./);
  },
);
