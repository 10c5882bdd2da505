import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { selectBackend } from '@rlloom/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel } from '../checkpoint/load-model.ts';
import { saveModel } from '../checkpoint/save-model.ts';
import { checkModelFolder } from '../testing/check-model-folder.ts';

// A Python with torch and transformers; without it the families are compared with the fixtures only.
const python = process.env['RLLOOM_PEER_PYTHON'];
const script = fileURLToPath(new URL('./peer-models.py', import.meta.url));

const reopen = `
import os, sys, torch, transformers
given, written = sys.argv[1:]
ids = torch.arange(3, 33).reshape(2, 15)
for name in sorted(os.listdir(given)):
    models = []
    for folder in (given, written):
        model, info = transformers.AutoModelForCausalLM.from_pretrained(
            os.path.join(folder, name), attn_implementation="eager", output_loading_info=True
        )
        assert not info["missing_keys"] and not info["unexpected_keys"], (name, info)
        models.append(model.float().eval())
    with torch.no_grad():
        error = (models[0](ids).logits - models[1](ids).logits).abs().max().item()
    print(name, error)
`;

function run(args: readonly string[]): string {
  const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' };
  return execFileSync(python as string, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
}

describe.skipIf(python === undefined)('families equal transformers (needs RLLOOM_PEER_PYTHON)', () => {
  let directory = '';
  let given = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rlloom-families-'));
    given = join(directory, 'given');
    run([script, given, '2']);
    await selectBackend({ backend: 'wasm' });
  }, 300_000);
  afterAll(() => rm(directory, { recursive: true }));

  it('in logits, log-probs, greedy continuations and gradients, over shapes and options', async () => {
    const names = await readdir(given);
    expect(names.length).toBeGreaterThan(20);
    const different: string[] = [];
    for (const name of names) {
      const results = await checkModelFolder(join(given, name));
      expect(results.length).toBeGreaterThan(30);
      // Two tokens of equal probability leave a greedy continuation undecided.
      const wrong = results.filter(
        ({ status, name: what }) => status === 'failed' || (status === 'skipped' && what !== 'greedy'),
      );
      different.push(...wrong.map((result) => `${name} ${result.name}: ${result.detail ?? ''}`));
    }
    expect(different).toEqual([]);
  }, 600_000);

  it('which reopens what was read and written', async () => {
    const written = join(directory, 'written');
    await mkdir(written);
    for (const name of await readdir(given)) {
      const model = await loadModel(join(given, name));
      await saveModel(model, join(written, name));
      model.dispose();
    }
    const errors = run(['-c', reopen, given, written])
      .trim()
      .split('\n')
      .filter((line) => !line.endsWith(' 0.0'));
    expect(errors).toEqual([]);
  }, 600_000);
});
