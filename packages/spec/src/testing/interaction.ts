import { describe, expect, it } from 'vitest';
import type { Interaction, InteractionResponse, InteractionSession } from '../interaction.ts';
import type { Message } from '../message.ts';
import type { Task } from '../task.ts';

/** What an interaction is checked with. */
export interface InteractionFixture {
  readonly interaction: Interaction;
  readonly task: Task;
  /** Turns of the policy to answer, in order. At least one. */
  readonly turns: readonly string[];
  /** `interaction_kwargs` of the sample. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

const hostileTurns: readonly string[] = [
  '',
  ' \n',
  '\u0000\ud800',
  '#### '.repeat(5000),
  '9'.repeat(20_000),
  '('.repeat(5000),
];

/**
 * Conformance suite of `Interaction`: the same seed and turns get the same replies, sessions know nothing of each other,
 * replies are text and scores finite whatever the policy writes, and sessions are finalized and the interaction closed
 * without harm.
 *
 * @param name shown in the test report
 * @param make builds the interaction and what to say to it
 */
export function testInteraction(name: string, make: () => InteractionFixture | Promise<InteractionFixture>): void {
  const { signal } = new AbortController();
  const start = ({ interaction, task, kwargs = {} }: InteractionFixture): Promise<InteractionSession> =>
    interaction.start({ task, kwargs, seed: 1, signal });
  const play = async (
    { task }: InteractionFixture,
    session: InteractionSession,
    turns: readonly string[],
  ): Promise<InteractionResponse[]> => {
    const messages: Message[] = [...task.messages, ...(session.opening ?? [])];
    const responses: InteractionResponse[] = [];
    for (const content of turns) {
      messages.push({ role: 'assistant', content });
      const response = await session.generateResponse([...messages], { signal });
      responses.push(response);
      if (response.done) break;
      messages.push({ role: 'user', content: response.reply });
    }
    return responses;
  };

  describe(`Interaction conformance: ${name}`, () => {
    it('gives the same replies for the same seed and turns', async () => {
      const fixture = await make();
      const [first, second] = [await start(fixture), await start(fixture)];
      expect(second.opening).toEqual(first.opening);
      // One after the other: a session must not see what another was told.
      expect(await play(fixture, second, fixture.turns)).toEqual(await play(fixture, first, fixture.turns));
      await Promise.all([first.finalize?.(), second.finalize?.()]);
      await fixture.interaction.close?.();
      await fixture.interaction.close?.();
    });

    it('says something well-formed to whatever the policy writes', async () => {
      const fixture = await make();
      for (const turn of [...hostileTurns, ...fixture.turns]) {
        const session = await start(fixture);
        for (const { done, reply, score = 0, metrics = {} } of await play(fixture, session, [turn, turn])) {
          expect(done || reply.trim() !== '').toBe(true);
          for (const value of [score, ...Object.values(metrics)]) expect(Number.isFinite(value)).toBe(true);
        }
        expect(Number.isFinite((await session.calculateScore?.({ signal })) ?? 0)).toBe(true);
        await session.finalize?.();
      }
      await fixture.interaction.close?.();
    });

    it('leaves the conversation alone', async () => {
      const fixture = await make();
      const session = await start(fixture);
      const turn: Message = { role: 'assistant', content: fixture.turns[0] ?? '' };
      const messages = Object.freeze([...fixture.task.messages, ...(session.opening ?? []), turn]);
      await session.generateResponse(messages, { signal });
      expect(messages.at(-1)).toEqual({ role: 'assistant', content: fixture.turns[0] ?? '' });
      await session.finalize?.();
      await fixture.interaction.close?.();
    });
  });
}
