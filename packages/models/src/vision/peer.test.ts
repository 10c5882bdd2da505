import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBackends } from '@rlloom/tensor/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { expectVisionFolder } from '../testing/expect-vision-folder.ts';
import { visionFixturePath } from '../testing/vision-fixtures.ts';

// Other weights, images and prompts than the committed folders have.
const cases = [
  ['hub', '11'],
  ['nested', '12'],
] as const;

describe.skipIf(!canMake())('transformers now (needs RLLOOM_PEER_PYTHON with torch, transformers, Pillow < 13)', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rlloom-vision-'));
    for (const [name, seed] of cases)
      runPython([visionFixturePath('make.py'), directory, '--case', name, '--seed', seed]);
  }, 300_000);

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  describeBackends('another random Qwen2.5-VL model', () => {
    it.each(cases)('%s, seed %s', async (name) => {
      await expectVisionFolder(join(directory, name));
    });
  });
});

function canMake(): boolean {
  if (process.env['RLLOOM_PEER_PYTHON'] === undefined) return false;
  const check =
    "import importlib.util as u, importlib.metadata as m, sys; sys.exit(not all(map(u.find_spec, ['torch', 'transformers', 'PIL'])) or int(m.version('pillow').split('.')[0]) >= 13)";
  try {
    runPython(['-c', check]);
    return true;
  } catch {
    return false;
  }
}

function runPython(parameters: readonly string[]): void {
  execFileSync(process.env['RLLOOM_PEER_PYTHON'] as string, parameters, { stdio: 'ignore' });
}
