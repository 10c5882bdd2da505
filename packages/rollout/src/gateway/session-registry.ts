import type { Tokenizer } from '@rlloom/spec';
import type { GatewayConfig } from './gateway.config.ts';
import { OpenAiError } from './openai-error.ts';
import { openSession, type Session, type SessionOptions, type SessionRecord, sessionRecord } from './session.ts';

/** How a session ended. */
export interface SessionEnd {
  readonly failure?: string;
  readonly endReason?: string;
}

/** All open sessions. */
export interface SessionRegistry {
  readonly size: number;
  /** Opens one. Throws an `OpenAiError` 409 for one that is open or ended, 429 when there is no room. */
  open(options: SessionOptions): Session;
  /** One that is open, or opens it. Throws 410 for one that has ended, 429 when there is no room. */
  take(rolloutId: string, attempt: string): Session;
  /** One that is open, if it is. */
  find(rolloutId: string, attempt: string): Session | undefined;
  /** One that is open. Throws 404 */
  get(rolloutId: string, attempt: string): Session;
  /** The open attempts of a rollout, in the order they were opened. */
  ofRollout(rolloutId: string): readonly Session[];
  /** Ends one: it takes no more calls, and its record is what is left. `undefined` when there is none. */
  end(session: Session, how?: SessionEnd): SessionRecord | undefined;
  /** Ends those that were idle for too long. */
  expire(now: number): readonly SessionRecord[];
}

/** How many ended sessions are remembered, so that a late call of theirs opens no new one. */
const remembered = 65_536;

/** No sessions yet. */
export function createSessionRegistry(config: GatewayConfig, tokenizer: Tokenizer): SessionRegistry {
  const sessions = new Map<string, Session>();
  const ended = new Set<string>();
  const keyOf = (rolloutId: string, attempt: string): string => JSON.stringify([rolloutId, attempt]);

  const open: SessionRegistry['open'] = (options) => {
    const key = keyOf(options.rolloutId, String(options.attempt ?? 0));
    if (sessions.has(key) || ended.has(key)) {
      throw new OpenAiError(409, {
        message: `the session ${key} ${ended.has(key) ? 'has ended' : 'is open'}`,
        code: 'session_exists',
      });
    }
    if (sessions.size >= config.maxSessions) {
      throw new OpenAiError(429, {
        message: `there are ${sessions.size} sessions and no more may be`,
        code: 'too_many_sessions',
        retryAfterSeconds: config.retryAfterSeconds,
      });
    }
    const session = openSession(options, tokenizer);
    sessions.set(key, session);
    return session;
  };
  const end: SessionRegistry['end'] = (session, how = {}) => {
    const key = keyOf(session.rolloutId, session.attempt);
    if (!sessions.delete(key)) return undefined;
    ended.add(key);
    if (ended.size > remembered) ended.delete(ended.values().next().value as string);
    return sessionRecord(session, { tokenizer, ...how });
  };

  return {
    get size() {
      return sessions.size;
    },
    open,
    take(rolloutId, attempt) {
      const key = keyOf(rolloutId, attempt);
      if (ended.has(key))
        throw new OpenAiError(410, { message: `the session ${key} has ended`, code: 'session_ended' });
      const session =
        sessions.get(key) ??
        open({ rolloutId, attempt, sampleIndex: /^\d{1,9}$/u.test(attempt) ? Number(attempt) : 0 });
      session.lastUsed = Date.now();
      return session;
    },
    find: (rolloutId, attempt) => sessions.get(keyOf(rolloutId, attempt)),
    get(rolloutId, attempt) {
      const session = sessions.get(keyOf(rolloutId, attempt));
      if (session !== undefined) return session;
      throw new OpenAiError(404, {
        message: `there is no open session ${keyOf(rolloutId, attempt)}`,
        code: 'no_session',
      });
    },
    ofRollout: (rolloutId) => [...sessions.values()].filter((session) => session.rolloutId === rolloutId),
    end,
    expire(now) {
      const idle = [...sessions.values()].filter(
        ({ lastUsed, running }) => running.size === 0 && now - lastUsed > config.sessionIdleSeconds * 1000,
      );
      return idle.flatMap((session) => end(session, { endReason: `no call for ${config.sessionIdleSeconds} s` }) ?? []);
    },
  };
}
