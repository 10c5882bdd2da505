import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

const models = fileURLToPath(new URL('../../../../tools/fixtures/models', import.meta.url));

it('prints what a model is and what it takes to run and to train it', async () => {
  const { code, stdout } = await runCommand(['model', 'inspect', 'qwen2'], { cwd: models });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^qwen2\n {2}family +qwen2 \(Qwen2ForCausalLM\)\n/);
  expect(stdout).toMatch(/full training +1\.6 MB/);
  expect(stdout).toMatch(/LoRA training +\d+ kB at rank 16/);
  expect(stdout).toMatch(/chat template +yes/);
});

it('names a folder that is not there', async () => {
  const { code, stderr } = await runCommand(['model', 'inspect', 'nothing'], { cwd: models });
  expect(code).not.toBe(0);
  expect(stderr).toContain('nothing');
});
