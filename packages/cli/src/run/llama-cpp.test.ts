import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Metrics, Reporter } from '@rlloom/spec';
import { describe, expect, it } from 'vitest';
import { insideTinyRun } from '../testing/inside-tiny-run.ts';
import { loadRunConfig } from './load-run-config.ts';
import { openRunDirectory, runDirectory } from './run-directory.ts';
import { train } from './train.ts';

const missing = existsSync(new URL('../../../../node_modules/node-llama-cpp', import.meta.url))
  ? undefined
  : 'node-llama-cpp is not installed';
const title = missing === undefined ? 'rollout.engine.name=llama_cpp' : `llama_cpp (skipped: ${missing})`;

const tiny = insideTinyRun();

async function run(name: string, overrides: readonly string[]): Promise<Metrics[]> {
  const { config } = await loadRunConfig({
    configPath: 'config',
    configName: 'tiny',
    overrides: ['~sft', `exp.name=${name}`, 'training_control.max_steps=3', ...overrides],
    workingDirectory: tiny.directory,
  });
  const directory = runDirectory(join(tiny.directory, 'runs'), name);
  await openRunDirectory(directory, 'new');
  const steps: Metrics[] = [];
  const reporter: Reporter = { name: 'recorder', onStepEnd: ({ metrics }) => void steps.push(metrics) };
  const { signal } = new AbortController();
  await train({ config, directory, reporter, signal, resume: undefined, announce: () => undefined });
  return steps;
}

describe.skipIf(missing !== undefined)(title, () => {
  it('trains as the local engine does: the weights of each step are sampled', async () => {
    const local = await run('local', []);
    const llama = await run('llama', ['rollout.engine.name=llama_cpp', 'rollout.engine.threads=1']);
    expect(llama).toHaveLength(3);
    for (const [index, metrics] of llama.entries()) {
      // Weights of an earlier step would be another policy.
      expect(metrics['mismatch/abs_max']).toBeLessThan(1e-5);
      for (const key of ['train/response_length_mean', 'actor/gradient_norm', 'actor/reference_kl']) {
        expect(metrics[key]).toBeCloseTo(local[index]?.[key] as number, 4);
      }
    }
  }, 120_000);

  it('is given adapters of the model it has, or the model with them merged', async () => {
    const adapter = ['model.adapter={rank: 8}', 'algorithm.reference_refresh_steps=null'];
    const local = await run('local-adapter', adapter);
    for (const weightUpdate of ['adapter', 'full']) {
      const llama = await run(`llama-${weightUpdate}`, [
        ...adapter,
        `rollout.engine={name: llama_cpp, threads: 1, weight_update: ${weightUpdate}}`,
      ]);
      for (const [index, metrics] of llama.entries()) {
        // What was sampled has the log-probs that the trainer computes with the adapter of that step.
        expect(metrics['mismatch/abs_max']).toBeLessThan(1e-5);
        for (const key of ['actor/gradient_norm', 'actor/reference_kl']) {
          expect(metrics[key]).toBeCloseTo(local[index]?.[key] as number, 4);
        }
      }
      // The adapter had changed them by then.
      expect(llama.at(-1)?.['kl/reference']).toBeGreaterThan(1e-4);
    }
  }, 120_000);
});
