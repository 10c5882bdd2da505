import type { Task } from '@rlloom/spec';
import { testTool } from '@rlloom/spec/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AiSdkTool, aiSdkTools } from './ai-sdk-tools.ts';

const task: Task = { id: 'a', tag: 'math', messages: [] };
// What `tool()` of the AI SDK gives back: the object itself.
const add: AiSdkTool = {
  description: 'Adds.',
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }: { a: number; b: number }) => ({ sum: a + b }),
};
const call = async (tool: AiSdkTool, given: Record<string, unknown>) => {
  const { signal } = new AbortController();
  const [made] = await aiSdkTools({ tool });
  return (await made!.create({ task, kwargs: {}, seed: 1, signal })).execute(given, { kwargs: {}, signal });
};

testTool('a tool of the AI SDK', async () => ({
  tool: (await aiSdkTools({ add }))[0]!,
  task,
  validArguments: { a: 1, b: 2 },
}));

describe('aiSdkTools', () => {
  it('answers text as it is and the rest as JSON', async () => {
    expect(await call(add, { a: 1, b: 2 })).toEqual({ content: '{"sum":3}' });
    expect(await call({ ...add, execute: async () => 'three' }, { a: 1, b: 2 })).toEqual({ content: 'three' });
    await expect(call(add, { a: 'x' })).rejects.toThrow(/invalid arguments: .*expected number/);
  });

  it('takes schemas made by jsonSchema(), also lazily, and the last of several values', async () => {
    const schema = {
      jsonSchema: { $schema: 'x', type: 'object', properties: { n: { type: 'number' } } },
      validate: (value: unknown) =>
        typeof (value as { n?: unknown }).n === 'number'
          ? { success: true as const, value }
          : { success: false as const, error: new Error('n is no number') },
    };
    const count: AiSdkTool = {
      inputSchema: () => schema,
      async *execute({ n }: { n: number }) {
        for (let i = 1; i <= n; i++) yield i;
      },
    };
    const [made] = await aiSdkTools({ count });
    expect(made?.schema.function).toEqual({
      name: 'count',
      description: 'count',
      parameters: { type: 'object', properties: { n: { type: 'number' } } },
    });
    expect(await call(count, { n: 3 })).toEqual({ content: '3' });
    await expect(call(count, { n: 'x' })).rejects.toThrow('invalid arguments: n is no number');
  });

  it('hands over the signal and an id of the call', async () => {
    const seen: string[] = [];
    const tool: AiSdkTool = {
      inputSchema: z.object({}),
      execute: (_: unknown, options: { toolCallId: string; abortSignal: AbortSignal }) => {
        seen.push(options.toolCallId, String(options.abortSignal.aborted));
      },
    };
    expect(await call(tool, {})).toEqual({ content: '' });
    expect(seen).toEqual(['tool-1', 'false']);
  });

  it('refuses what it cannot use', async () => {
    await expect(aiSdkTools({ ask: { inputSchema: z.object({}) } })).rejects.toThrow(/ask has no execute/);
    await expect(aiSdkTools({ odd: { ...add, inputSchema: 7 } })).rejects.toThrow(/inputSchema of the tool odd/);
  });
});
