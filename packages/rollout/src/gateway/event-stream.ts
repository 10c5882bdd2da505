import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { AnswerPart, PolicyAnswer } from './answer-call.ts';
import { type ErrorAnswer, errorAnswer } from './openai-error.ts';

/** Writes an answer as server-sent events. Keeps account of what was written. */
export interface AnswerEvents {
  /** What has become certain. */
  part(part: AnswerPart): Iterable<string>;
  /** All that is left to say of the whole. */
  end(answer: PolicyAnswer): Iterable<string>;
  /** Why there will be no more. */
  fail(error: ErrorAnswer['body']['error']): Iterable<string>;
}

/**
 * Sends an answer while it is made. Until there is something to send an error is thrown, and so answered with its
 * status; afterwards it is an event.
 */
export async function sendEvents(
  reply: FastifyReply,
  events: AnswerEvents,
  answer: (onPart: (part: AnswerPart) => void) => Promise<PolicyAnswer>,
): Promise<FastifyReply> {
  const stream = new PassThrough();
  let hasBegun = false;
  const write = (lines: Iterable<string>): void => {
    for (const line of lines) {
      if (!hasBegun) void reply.header('cache-control', 'no-cache').type('text/event-stream').send(stream);
      hasBegun = true;
      stream.write(line);
    }
  };
  try {
    const whole = await answer((part) => write(events.part(part)));
    write(events.end(whole));
  } catch (error) {
    if (!hasBegun) throw error;
    write(events.fail(errorAnswer(error).body.error));
  }
  stream.end();
  return reply;
}
