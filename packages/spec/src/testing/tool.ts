import { describe, expect, it } from 'vitest';
import type { Task } from '../task.ts';
import type { Tool, ToolArguments, ToolContext, ToolSession } from '../tool.ts';

/** What a tool is checked with. */
export interface ToolFixture {
  readonly tool: Tool;
  readonly task: Task;
  /** Arguments of a call that succeeds. */
  readonly validArguments: ToolArguments;
  /** `create_kwargs` of the sample. */
  readonly kwargs?: ToolArguments;
}

const hostileArguments: readonly ToolArguments[] = [
  {},
  { __proto__: { x: 1 }, constructor: 1 },
  { expression: null, code: [], query: {}, answer: Number.NaN },
  { expression: '\u0000\ud800', code: '\u0000', query: '', answer: '' },
];

/**
 * Conformance suite of `Tool`: its schema is a function's, a valid call is answered with text, sessions know nothing of
 * each other, other calls are answered or refused with a reason, and sessions are released and the tool closed without
 * harm.
 *
 * @param name shown in the test report
 * @param make builds the tool and what to call it with
 */
export function testTool(name: string, make: () => ToolFixture | Promise<ToolFixture>): void {
  const withSession = async (
    work: (session: ToolSession, fixture: ToolFixture, open: () => Promise<ToolSession>) => Promise<void>,
  ): Promise<void> => {
    const fixture = await make();
    const { tool, task, kwargs = {} } = fixture;
    const sessions: ToolSession[] = [];
    const context: ToolContext = { task, seed: 1, kwargs, signal: new AbortController().signal };
    const open = async (): Promise<ToolSession> => {
      const session = await tool.create(context);
      sessions.push(session);
      return session;
    };
    try {
      await work(await open(), fixture, open);
    } finally {
      for (const session of sessions) await session.release?.({ kwargs: {}, signal: new AbortController().signal });
      await tool.close?.();
      await tool.close?.();
    }
  };
  const execute = (
    session: ToolSession,
    given: ToolArguments,
    signal: AbortSignal = new AbortController().signal,
  ): ReturnType<ToolSession['execute']> => session.execute(given, { kwargs: {}, signal });

  describe(`Tool conformance: ${name}`, () => {
    it('has the schema of a function', async () => {
      await withSession(async (_, { tool }) => {
        const { type, function: written } = tool.schema;
        expect(type).toBe('function');
        expect(written.name).toMatch(/^[\w.-]{1,64}$/);
        expect(written.description.trim()).not.toBe('');
        expect(written.parameters['type']).toBe('object');
        expect(JSON.parse(JSON.stringify(tool.schema))).toEqual(tool.schema);
      });
    });

    it('answers a call with text and finite numbers', async () => {
      await withSession(async (session, { validArguments }) => {
        const { content, score = 0, metrics = {} } = await execute(session, validArguments);
        expect(typeof content).toBe('string');
        expect(content).not.toBe('');
        for (const value of [score, ...Object.values(metrics)]) expect(Number.isFinite(value)).toBe(true);
        const reward = await session.calculateReward?.({ kwargs: {}, signal: new AbortController().signal });
        expect(Number.isFinite(reward ?? 0)).toBe(true);
      });
    });

    it('keeps the sessions of episodes apart', async () => {
      await withSession(async (session, { validArguments }, open) => {
        const first = await execute(session, validArguments);
        expect(await execute(await open(), validArguments)).toEqual(first);
      });
    });

    it('answers or refuses whatever it is called with', async () => {
      await withSession(async (session, { validArguments }) => {
        for (const given of hostileArguments) {
          const outcome = await execute(session, given).then(
            ({ content }) => content,
            (error: unknown) => (error instanceof Error ? error.message : ''),
          );
          expect(outcome.trim()).not.toBe('');
        }
        expect((await execute(session, validArguments)).content).not.toBe('');
      });
    });

    it('ends when its signal has aborted', async () => {
      await withSession(async (session, { validArguments }) => {
        const work = execute(session, validArguments, AbortSignal.abort(new Error('too late')));
        expect(
          await work.then(
            () => 'ended',
            () => 'ended',
          ),
        ).toBe('ended');
      });
    });
  });
}
