import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { inspectModelFolder } from './model-folder.ts';

const fixtures = fileURLToPath(new URL('../../../../tools/fixtures/models/', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-model-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('says family, size, shape, memory and tokenizer of a model it can run', async () => {
  const text = (await inspectModelFolder(join(fixtures, 'qwen2'))).join('\n');
  expect(text).toContain('qwen2 (Qwen2ForCausalLM)');
  expect(text).toMatch(/rlloom can run it +yes/);
  // Embedding; per layer: projections of q and o, k and v, their biases, feed-forward, two norms; final norm.
  const parameters = 502 * 64 + 2 * (64 * 64 * 2 + 64 * 32 * 2 + 64 + 32 * 2 + 3 * 64 * 112 + 2 * 64) + 64;
  expect(text).toContain(`parameters         ${parameters.toLocaleString('en-US')}`);
  expect(text).toMatch(/stored as +F32/);
  expect(text).toMatch(/full training +.* with gradient and Adam/);
  expect(text).toMatch(/LoRA training +.* at rank 16/);
  expect(text).toMatch(/context length +256 tokens/);
  expect(text).toMatch(/layers +2 of width 64, 4 heads of 16, 2 for keys and values/);
  expect(text).toMatch(/chat template +yes/);
  expect(text).toMatch(/ends a generation +501 "/);
});

it('sums a model in several files and names a family it cannot run', async () => {
  const directory = join(folder, 'sharded');
  await cp(join(fixtures, 'llama_sharded'), directory, { recursive: true });
  const config = JSON.parse(await readFile(join(directory, 'config.json'), 'utf8')) as object;
  await writeFile(join(directory, 'config.json'), JSON.stringify({ ...config, model_type: 'mamba' }));
  const text = (await inspectModelFolder(directory)).join('\n');
  expect(text).toMatch(/files +4 \(/);
  expect(text).toMatch(/rlloom can run it +no: /);
  expect(text).not.toContain('context length');
});

it('goes on without a tokenizer', async () => {
  const directory = join(folder, 'bare');
  for (const name of ['config.json', 'model.safetensors'])
    await cp(join(fixtures, 'qwen2', name), join(directory, name));
  expect((await inspectModelFolder(directory)).join('\n')).toMatch(/tokenizer\.json +missing/);
});

it('names a damaged file', async () => {
  const directory = join(folder, 'damaged');
  await cp(join(fixtures, 'qwen2'), directory, { recursive: true });
  const path = join(directory, 'model.safetensors');
  await writeFile(path, (await readFile(path)).subarray(0, 5000));
  await expect(inspectModelFolder(directory)).rejects.toMatchObject({ kind: 'model' });
  await writeFile(join(directory, 'config.json'), '{');
  await expect(inspectModelFolder(directory)).rejects.toMatchObject({
    kind: 'model',
    where: join(directory, 'config.json'),
  });
});
