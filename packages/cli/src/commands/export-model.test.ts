import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

const models = fileURLToPath(new URL('../../../../tools/fixtures/models', import.meta.url));
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rlloom-export-'));
});
afterAll(() => rm(directory, { recursive: true }));

it('writes a model as a GGUF file', async () => {
  const file = join(directory, 'qwen2.gguf');
  const { code, stdout } = await runCommand(['model', 'export', 'qwen2', '--gguf', file, '--dtype', 'q8_0'], {
    cwd: models,
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/qwen2\.gguf: q8_0, \d+ kB\n$/);
  const bytes = await readFile(file);
  expect(bytes.subarray(0, 4).toString('latin1')).toBe('GGUF');
  expect(bytes.includes('tokenizer.chat_template')).toBe(true);
});

it('writes an adapter, and names what is wrong with one', async () => {
  const file = join(directory, 'lora.gguf');
  const { code } = await runCommand(
    ['model', 'export', 'qwen2', '--gguf', file, '--adapter', join(models, 'qwen2_lora')],
    { cwd: models },
  );
  expect(code).toBe(0);
  expect((await readFile(file)).includes('blk.0.attn_q.weight.lora_a')).toBe(true);
  const wrong = await runCommand(['model', 'export', 'qwen2', '--gguf', file, '--adapter', 'llama'], { cwd: models });
  expect(wrong.code).toBe(4);
  expect(wrong.stderr).toContain('adapter_config.json');
});
