import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadRunConfig } from '../../packages/cli/src/run/load-run-config.ts';
import { openRunDirectory, runDirectory } from '../../packages/cli/src/run/run-directory.ts';
import { train } from '../../packages/cli/src/run/train.ts';
import { insideTinyRun } from '../../packages/cli/src/testing/inside-tiny-run.ts';
import { type ProtocolServer, startProtocolServer } from '../../packages/rollout/src/http/testing/protocol-server.ts';
import { sglangHandler } from '../../packages/rollout/src/http/testing/sglang-handler.ts';
import { vllmHandler } from '../../packages/rollout/src/http/testing/vllm-handler.ts';

// A run that samples on servers is the same run as one that samples in its own process: protocol servers compute with
// our own model, so every token, and with it every weight, has to be equal. One weight sync too few would show.

const tiny = insideTinyRun();
const servers: ProtocolServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.kill())));

async function run(name: string, overrides: readonly string[]) {
  const { config } = await loadRunConfig({
    configPath: 'config',
    configName: 'tiny',
    overrides: ['training_control.max_steps=4', `exp.name=${name}`, ...overrides],
    workingDirectory: tiny.directory,
  });
  const directory = runDirectory(join(tiny.directory, 'runs'), name);
  await openRunDirectory(directory, 'new');
  const result = await train({
    config,
    directory,
    reporter: { name: 'silent' },
    signal: new AbortController().signal,
    resume: undefined,
    announce: () => undefined,
  });
  return { result, weights: await readFile(join(directory.model, 'model.safetensors')) };
}

describe('training on servers', () => {
  it('gives the weights that training in one process gives', async () => {
    const local = await run('local', []);
    const folder = join(tiny.directory, 'model');
    for (const [name, makeHandler] of [
      ['vllm', () => vllmHandler({ folder })],
      ['sglang', () => sglangHandler(folder)],
    ] as const) {
      const both = await Promise.all([startProtocolServer(makeHandler), startProtocolServer(makeHandler)]);
      servers.push(...both);
      const urls = both.map(({ url }) => `'${url}'`).join(', ');
      const served = await run(name, [`rollout.engine={name: ${name}, urls: [${urls}]}`]);
      expect(served.result).toEqual(local.result);
      expect(served.weights.equals(local.weights)).toBe(true);
      for (const { requests } of both) expect(requests.length).toBeGreaterThan(10);
    }
  }, 240_000);

  it('is refused before the run where the server cannot take weights', async () => {
    const server = await startProtocolServer(() =>
      vllmHandler({ folder: join(tiny.directory, 'model'), devMode: false }),
    );
    servers.push(server);
    await expect(run('no-dev-mode', [`rollout.engine={name: vllm, urls: ['${server.url}']}`])).rejects.toThrow(
      'VLLM_SERVER_DEV_MODE=1',
    );
    await expect(run('openai', [`rollout.engine={name: openai, urls: ['${server.url}']}`])).rejects.toThrow(
      'takes no new weights',
    );
    await expect(
      run('hot', [`rollout.engine={name: vllm, weight_update: none, urls: ['${server.url}']}`, 'rollout.top_p=0.9']),
    ).rejects.toThrow('before truncation');
  });
});
