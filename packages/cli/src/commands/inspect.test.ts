import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../testing/run-command.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-inspect-'));
});
afterAll(() => rm(folder, { recursive: true }));

it('looks into a model folder', async () => {
  const model = fileURLToPath(new URL('../../../../tools/fixtures/models/qwen2', import.meta.url));
  const { code, stdout } = await runCommand(['inspect', model]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/family +qwen2/);
});

it('looks into a data file, by the path as it was given', async () => {
  const record = { id: 'a', tag: 'sum', messages: [{ role: 'user', content: '1+1' }] };
  await writeFile(join(folder, 'data.jsonl'), `${JSON.stringify(record)}\n`);
  const { code, stdout } = await runCommand(['inspect', 'data.jsonl'], { cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^data\.jsonl\n {2}records +1 usable, 0 bad\n/);
});

it('ends with the exit code of a data error where there is nothing', async () => {
  const { code, stdout, stderr } = await runCommand(['inspect', 'missing'], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(
    /^error \(data\): missing: there is nothing to inspect\n {2}→ check the path\n {2}because: ENOENT/,
  );
});

it('refuses a step that is no number', async () => {
  const { code, stderr } = await runCommand(['inspect', 'x', '--step', 'two']);
  expect(code).toBe(2);
  expect(stderr).toContain('It must be a whole number');
});
