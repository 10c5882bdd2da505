import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** A load of agents. */
export interface SessionLoad {
  readonly sessions: number;
  readonly turns: number;
  /** Milliseconds the policy works on a call. */
  readonly engineMs: number;
}

/** What the agents saw. */
export interface SessionTimes {
  /** Milliseconds of each call beyond those of the policy. */
  readonly addedMs: readonly number[];
  readonly failed: number;
  readonly seconds: number;
}

interface Message {
  readonly role: string;
  readonly content: string;
}

/**
 * Lets agents talk in so many turns, all at the same time; they begin within the time of one call, as agents do whose
 * work differs.
 */
export async function runSessions(
  url: string,
  { sessions, turns, engineMs }: SessionLoad,
  name: string,
): Promise<SessionTimes> {
  const agent = new Agent({ keepAlive: true, maxSockets: sessions });
  const addedMs: number[] = [];
  let failed = 0;
  const post = (path: string, body: object): Promise<{ readonly status: number; readonly text: string }> =>
    new Promise((resolve, reject) => {
      const sent = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(sent) };
      const call = request(`${url}${path}`, { method: 'POST', agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      call.on('error', reject);
      call.end(sent);
    });
  const session = async (index: number): Promise<void> => {
    await delay((engineMs * index) / sessions);
    const path = `/rollout/${name}-${index}/0`;
    const messages: Message[] = [
      { role: 'system', content: 'You work on a task step by step.' },
      { role: 'user', content: `Task ${index}: say what comes next.` },
    ];
    for (let turn = 0; turn < turns; turn++) {
      const start = performance.now();
      const { status, text } = await post(`${path}/v1/chat/completions`, { model: 'policy', messages });
      addedMs.push(performance.now() - start - engineMs);
      if (status !== 200) {
        failed += 1;
        return;
      }
      const { choices } = JSON.parse(text) as { readonly choices: readonly [{ readonly message: Message }] };
      messages.push(choices[0].message, { role: 'user', content: `Result ${turn} of session ${index}.` });
    }
    await post(`${path}/end`, { reward: 1 });
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: sessions }, (_, index) => session(index)));
  agent.destroy();
  return { addedMs, failed, seconds: (performance.now() - start) / 1000 };
}
