import { setTimeout as delay } from 'node:timers/promises';
import { probeSandbox } from '@rlloom/sandbox';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

const { capabilities } = await probeSandbox();

describe('rlloom sandbox-server', { timeout: 60_000 }, () => {
  it.skipIf(capabilities === null)(
    `answers until it is interrupted${capabilities === null ? ' (no sandbox here)' : ''}`,
    async () => {
      const answers: unknown[] = [];
      const { code, stderr } = await runCommand(['sandbox-server', '--port', '0', '--token-env', 'SANDBOX_TOKEN'], {
        env: { SANDBOX_TOKEN: 'sesame' },
        whileRunning: async ({ stderr: said, kill }) => {
          let url: string | undefined;
          while (url === undefined) {
            await delay(50);
            url = /API at (http\S+);/.exec(said())?.[1];
          }
          const body = JSON.stringify({ code: 'print(6 * 7)', language: 'python' });
          for (const headers of [{}, { authorization: 'Bearer sesame' }]) {
            const response = await fetch(`${url}/run_code`, { method: 'POST', headers, body });
            answers.push(await response.json());
          }
          kill('SIGTERM');
        },
      });
      expect(answers).toMatchObject([
        { detail: 'Unauthorized' },
        { status: 'Success', run_result: { stdout: '42\n' } },
      ]);
      expect(stderr).toMatch(new RegExp(`Isolation: ${capabilities?.isolation}; languages: python`));
      expect(code).toBe(0);
    },
  );

  it('says what is wrong with its options', async () => {
    const run = async (...argv: string[]) => runCommand(['sandbox-server', ...argv]);
    const [token, dataset, port] = await Promise.all([
      run('--token-env', 'RLLOOM_TEST_NOTHING'),
      run('--dataset', 'humaneval'),
      run('--port', 'x'),
    ]);
    expect([token.code, token.stderr]).toEqual([2, expect.stringContaining('RLLOOM_TEST_NOTHING is not set')]);
    expect([dataset.code, dataset.stderr]).toEqual([2, expect.stringContaining('write name=path')]);
    expect([port.code, port.stderr]).toEqual([2, expect.stringContaining('It must be a whole number')]);
  });
});
