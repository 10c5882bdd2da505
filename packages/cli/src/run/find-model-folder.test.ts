import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { servedModel, startHubServer } from '@rlloom/models/testing';
import { expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

it('a model of the hub is downloaded, with lines about it, and then found in the cache', async () => {
  const folder = fileURLToPath(new URL('../../../../tools/fixtures/models/qwen2', import.meta.url));
  const files = (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name))] as const);
  const server = await startHubServer(Object.fromEntries(await Promise.all(files)));
  const home = await mkdtemp(join(tmpdir(), 'rlloom-cli-hub-'));
  const inspect = (env: Record<string, string>) =>
    runCommand(['model', 'inspect', servedModel], {
      cwd: home,
      env: { HF_HOME: home, HF_ENDPOINT: server.endpoint, ...env },
    });
  try {
    const first = await inspect({});
    expect(first.stdout).toContain('Qwen2ForCausalLM');
    expect(first.stderr).toMatch(/^download: model\.safetensors 100 % of 404 kB, in all (\S+ kB) of \1$/m);
    const second = await inspect({ HF_HUB_OFFLINE: '1' });
    expect([second.code, second.stdout, second.stderr]).toEqual([0, first.stdout, '']);
    const third = await inspect({ HF_HUB_OFFLINE: '1', HF_HOME: join(home, 'other') });
    expect(third.code).toBe(4);
    expect(third.stderr).toContain(`hf download ${servedModel}`);
  } finally {
    await server.close();
    await rm(home, { recursive: true });
  }
}, 60_000);
