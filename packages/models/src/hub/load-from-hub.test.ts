import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@rlloom/tensor';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadModel } from '../checkpoint/load-model.ts';
import { loadScoringModel } from '../heads/load-scoring-model.ts';
import { type HubServer, servedModel, startHubServer } from '../testing/hub-server.ts';
import { fixturePath } from '../testing/small-model.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { readTokenizerFiles } from '../tokenizer/tokenizer-files.ts';

let server: HubServer;
let home: string;

async function serve(name: string): Promise<{ readonly env: Record<string, string> }> {
  const folder = fixturePath(`models/${name}`);
  const names = await readdir(folder);
  const contents = await Promise.all(names.map(async (file) => [file, await readFile(join(folder, file))] as const));
  server = await startHubServer(Object.fromEntries(contents));
  return { env: { HF_HOME: home, HF_ENDPOINT: server.endpoint } };
}

beforeEach(async () => {
  await selectBackend({ backend: 'cpu' });
  home = await mkdtemp(join(tmpdir(), 'rlloom-from-hub-'));
});
afterEach(async () => {
  await server.close();
  await rm(home, { recursive: true });
});

it('the tokenizer comes without the weights, then the model of it', async () => {
  const hub = await serve('qwen2');
  const tokenizer = await loadTokenizer(servedModel, hub);
  expect([...tokenizer.encode('Hello')]).toEqual([
    ...(await loadTokenizer(fixturePath('models/qwen2'))).encode('Hello'),
  ]);
  expect(Object.keys(await readTokenizerFiles(servedModel, hub))).toContain('tokenizer.json');
  expect(server.storageRequests).toEqual([]);

  const [model, local] = [await loadModel(servedModel, hub), await loadModel(fixturePath('models/qwen2'))];
  expect(server.storageRequests).toHaveLength(1);
  expect(model.config).toEqual(local.config);
  for (const [name, tensor] of Object.entries(local.parameters)) {
    expect(await model.parameters[name]?.data(), name).toEqual(await tensor.data());
  }
  for (const each of [model, local]) each.dispose();
});

it('a model with a head comes too', async () => {
  const model = await loadScoringModel(servedModel, await serve('qwen2_value'));
  expect(model.head.kind).toBe('value');
  model.dispose();
});
