import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readTrajectories, type TrajectoryRow } from '@rlloom/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';
import { makeTinyRun } from '../testing/tiny-run.ts';

let folder: string;
let model: string;
beforeAll(async () => {
  const tiny = await makeTinyRun();
  model = tiny.directory;
  folder = await mkdtemp(join(tmpdir(), 'rlloom-gateway-'));
  const config = `backend: { name: wasm }
model: { pretrain: ${join(model, 'model')} }
sampling: { temperature: 1 }
gateway: { max_new_tokens: 4 }
server: { port: 0, token_env: GATEWAY_TOKEN }
record: { file: sessions.rlt, group_size: 2 }
`;
  await writeFile(join(folder, 'gateway.yaml'), config);
});
afterAll(async () => {
  for (const each of [folder, model]) await rm(each, { recursive: true });
});

const argv = ['gateway', '--config-path', '.', '--config-name', 'gateway'];

describe('rlloom gateway', () => {
  it('answers agents and records groups of their sessions until it is interrupted', { timeout: 120_000 }, async () => {
    const send = (url: string, body: object) =>
      fetch(url, {
        method: 'POST',
        headers: { authorization: 'Bearer sesame', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const answers: unknown[] = [];
    const { code, stderr } = await runCommand(argv, {
      cwd: folder,
      env: { GATEWAY_TOKEN: 'sesame' },
      whileRunning: async ({ stderr: said, kill }) => {
        let url: string | undefined;
        while (url === undefined) {
          await delay(50);
          url = /Gateway at (http\S+)\/v1;/.exec(said())?.[1];
        }
        for (const attempt of [0, 1]) {
          const session = `${url}/rollout/sum/${attempt}`;
          const answer = await send(`${session}/v1/chat/completions`, {
            messages: [{ role: 'user', content: '1+2=' }],
          });
          answers.push(await answer.json());
          await send(`${session}/end`, { reward: attempt });
        }
        kill('SIGINT');
      },
    });
    expect(answers).toMatchObject([
      { object: 'chat.completion', usage: { prompt_tokens: 4 } },
      { object: 'chat.completion' },
    ]);
    expect(stderr).toContain('recorded in sessions.rlt');
    expect(code).toBe(0);
    const rows: TrajectoryRow[] = [];
    for await (const row of readTrajectories(join(folder, 'sessions.rlt'))) rows.push(row);
    expect(rows).toMatchObject([{ stage: 'gateway', step: 1, group: { task: { id: 'sum' }, rewards: [0, 1] } }]);
    expect(rows[0]!.group.trajectories.map(({ promptLength }) => promptLength)).toEqual([4, 4]);
  });

  it('says which variable its API key is missing in', { timeout: 60_000 }, async () => {
    const { code, stderr } = await runCommand(argv, { cwd: folder });
    expect([code, stderr]).toEqual([2, expect.stringContaining('GATEWAY_TOKEN is not set')]);
  });
});
