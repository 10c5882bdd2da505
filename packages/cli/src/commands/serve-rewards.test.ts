import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-serve-'));
  const config = `rewards:
  workers: 1
  domains:
    math:
      tags: ['*']
      rewards:
        answer: { type: math_rule }
server:
  port: 0
  token_env: REWARD_TOKEN
`;
  await writeFile(join(folder, 'rewards.yaml'), config);
});
afterAll(() => rm(folder, { recursive: true }));

const argv = ['serve-rewards', '--config-path', '.', '--config-name', 'rewards'];

describe('rlloom serve-rewards', () => {
  it('answers until it is interrupted', { timeout: 60_000 }, async () => {
    let answer: unknown;
    const { code, stderr } = await runCommand(argv, {
      cwd: folder,
      env: { REWARD_TOKEN: 'sesame' },
      whileRunning: async ({ stderr: said, kill }) => {
        let url: string | undefined;
        while (url === undefined) {
          await delay(50);
          url = /Rewards at (http\S+);/.exec(said())?.[1];
        }
        const response = await fetch(`${url}/score`, {
          method: 'POST',
          headers: { authorization: 'Bearer sesame', 'content-type': 'application/json' },
          body: JSON.stringify({ samples: [{ response: '\\boxed{\\frac{1}{2}}', ground_truth: '0.5' }] }),
        });
        answer = await response.json();
        kill('SIGINT');
      },
    });
    expect(answer).toMatchObject({ results: [{ verdict: 'correct', reward: 1, domain: 'math' }] });
    expect(stderr).toContain('Domains (tags): math (*)');
    expect(code).toBe(0);
  });

  it('says which variable its token is missing in, and which key is wrong', { timeout: 60_000 }, async () => {
    const missing = await runCommand(argv, { cwd: folder });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('REWARD_TOKEN is not set')]);
    const wrong = await runCommand([...argv, '+server.prot=1'], { cwd: folder });
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('prot')]);
  });
});
