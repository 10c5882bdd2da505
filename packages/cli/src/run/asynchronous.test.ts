import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createModel, loadTokenizer, parseModelConfig } from '@rlloom/models';
import { createLocalEngine, type LocalEngine } from '@rlloom/rollout';
import type { Metrics, Reporter, TrainingSequence } from '@rlloom/spec';
import { adamW, selectBackend } from '@rlloom/tensor';
import { createLocalPolicy } from '@rlloom/trainers';
import { describe, expect, it } from 'vitest';
import { insideTinyRun } from '../testing/inside-tiny-run.ts';
import { loadRunConfig } from './load-run-config.ts';
import { openRunDirectory, runDirectory } from './run-directory.ts';
import { train } from './train.ts';

const tiny = insideTinyRun();

async function run(
  name: string,
  overrides: readonly string[],
  { stopAfter, resume }: { readonly stopAfter?: number; readonly resume?: string } = {},
) {
  const { config } = await loadRunConfig({
    configPath: 'config',
    configName: 'tiny',
    overrides: [`exp.name=${name}`, ...overrides],
    workingDirectory: tiny.directory,
  });
  const directory = runDirectory(join(tiny.directory, 'runs'), name);
  await openRunDirectory(directory, resume === undefined ? 'new' : 'resume');
  const stop = new AbortController();
  const steps: { step: number; metrics: Metrics }[] = [];
  const reporter: Reporter = {
    name: 'recorder',
    onStepEnd({ stage, step, metrics }) {
      if (stage !== 'rlvr') return;
      steps.push({ step, metrics });
      if (step === stopAfter) stop.abort();
    },
  };
  const result = await train({ config, directory, reporter, signal: stop.signal, resume, announce: () => undefined });
  return { result, steps, directory };
}

describe('rollout.mode', () => {
  it('async: samples ahead, never staler than allowed, stopped and resumed with what waits', async () => {
    const overrides = ['rollout.mode=async', 'rollout.max_staleness=1'];
    const first = await run('ahead', overrides, { stopAfter: 4 });
    expect(first.result.status).toBe('stopped');
    const saved = join(first.directory.checkpoints, 'rlvr-000004');
    await Promise.all(['rollouts.json', 'rollout-buffer.bin'].map((file) => access(join(saved, file))));
    const second = await run('ahead', overrides, { resume: '' });
    expect(second.result.status).toBe('finished');
    const steps = [...first.steps, ...second.steps];
    expect(steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { metrics } of steps) {
      expect(metrics['staleness/max']).toBeLessThanOrEqual(1);
      expect(metrics['rollout/groups_failed']).toBe(0);
      expect(metrics['correction/ratio_mean']).toBeGreaterThan(0);
    }
    const judged = (name: string): number => first.steps.reduce((sum, { metrics }) => sum + (metrics[name] ?? 0), 0);
    // Four groups a step in their own time; those ahead of the last step are not waited for.
    expect(judged('rewards/samples')).toBeGreaterThanOrEqual(4 * 4 * 4);
    expect(judged('rewards/sums/samples')).toBe(judged('rewards/samples'));
    expect(judged('rewards/correct') + judged('rewards/incorrect') + judged('rewards/unverifiable')).toBe(
      judged('rewards/samples'),
    );
    expect(Math.max(...steps.map(({ metrics }) => metrics['staleness/max'] ?? 0))).toBe(1);
  }, 120_000);

  it('sync with over-sampling: samples are of the weights they train, as in plain sync', async () => {
    const { steps } = await run('surplus', ['rollout.over_sampling=1.5', 'training_control.max_steps=2']);
    for (const { metrics } of steps) {
      expect(metrics['staleness/max']).toBe(0);
      expect(metrics['mismatch/abs_max']).toBeLessThan(1e-4);
    }
  }, 120_000);

  it('one_step_off, with a module that samples, replay, and drops in place of waits', async () => {
    const module = join(tiny.directory, 'generation.mjs');
    await writeFile(
      module,
      `export const twice = ({ collect }) => async (tasks, options) => {
        globalThis.customCalls = (globalThis.customCalls ?? 0) + 1;
        return collect(tasks, options);
      };`,
    );
    const { steps, result } = await run('one-off', [
      'rollout.mode=one_step_off',
      'rollout.asynchronous={on_stale: drop, interruptible: false, max_concurrent_groups: 3}',
      'rollout.buffer={max_uses: 2, max_groups: 12, priority: spread, file: buffer.bin}',
      `rollout.custom_generation={module: ${module}, export: twice}`,
      'training_control.max_steps=3',
    ]);
    expect(result.status).toBe('finished');
    for (const { metrics } of steps) expect(metrics['staleness/max']).toBeLessThanOrEqual(1);
    expect((globalThis as { customCalls?: number }).customCalls).toBeGreaterThan(3);
    await access(join(tiny.directory, 'runs', 'one-off', 'buffer.bin'));
  }, 120_000);

  it('dynamic sampling ends at its bound with what to do', async () => {
    const sampling = 'rollout.dynamic_sampling={enabled: true, max_generations: 1.5, when_short: smaller_batch}';
    // Answers of one token are never right: no group has a signal.
    const running = run('no-signal', [sampling, 'rollout.max_response_length=1']);
    await expect(running).rejects.toThrow(/6 groups were sampled and 0 of them are worth training on/);
  }, 120_000);
});

describe('updates while tokens are drawn', () => {
  it('tokens after an update carry its version and the log-probs of the trainer', async () => {
    await selectBackend({ backend: 'wasm' });
    const model = createModel(
      parseModelConfig({
        model_type: 'qwen2',
        vocab_size: 24,
        hidden_size: 16,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        num_key_value_heads: 1,
        intermediate_size: 24,
        max_position_embeddings: 64,
        tie_word_embeddings: true,
        initializer_range: 0.2,
      }),
      { seed: 1 },
    );
    const tokenizer = await loadTokenizer(join(tiny.directory, 'model'));
    const engine: LocalEngine = createLocalEngine({ model, tokenizer, interruptible: true });
    const policy = createLocalPolicy({ model, optimizer: adamW(), padTokenId: 0 });
    const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, eosTokenIds: [] };
    const requests = [3, 40, 40, 40].map((maxNewTokens, seed) => ({
      promptTokens: [2, 3],
      seed,
      sampling: { ...sampling, maxNewTokens },
    }));
    const sequence: TrainingSequence = {
      tokens: Int32Array.of(2, 3, 4, 5),
      lossMask: Uint8Array.of(0, 1, 1, 1),
      advantages: Float32Array.of(0, 1, 1, 1),
    };
    let generating: ReturnType<LocalEngine['generate']> | undefined;
    await new Promise<void>((isOnItsWay) => {
      generating = engine.generate(requests, { onProgress: () => isOnItsWay() });
    });
    // Gradients are computed beside generation; the step itself is not.
    await policy.forwardBackward({ sequences: [sequence] }, { name: 'policy', options: {} });
    const before = await policy.logProbs({ sequences: [sequence] });
    await engine.pause();
    await policy.optimizerStep({ learningRate: 0.05 });
    await engine.updateWeights(policy.weights());
    await engine.resume();
    const after = await policy.logProbs({ sequences: [sequence] });
    expect(Math.abs((before.logProbs[0]?.[2] ?? 0) - (after.logProbs[0]?.[2] ?? 0))).toBeGreaterThan(0.01);

    const results = (await generating) ?? [];
    const sequences = results.map(({ tokens }) => ({
      tokens: Int32Array.of(2, 3, ...tokens),
      lossMask: Uint8Array.from({ length: tokens.length + 2 }, (_, t) => (t < 2 ? 0 : 1)),
    }));
    const { logProbs } = await policy.logProbs({ sequences });
    let compared = 0;
    results.forEach((result, i) => {
      result.policyVersions.forEach((version, t) => {
        if (version !== policy.version) return;
        compared += 1;
        expect(Math.abs((result.logProbs[t] ?? 0) - (logProbs[i]?.[t + 2] ?? 9))).toBeLessThan(1e-4);
      });
    });
    expect(compared).toBeGreaterThan(10);
    expect(results.some(({ policyVersions }) => policyVersions.includes(0) && policyVersions.includes(1))).toBe(true);
    policy.dispose();
    await engine.close();
    model.dispose();
  }, 60_000);
});
