import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { checkModelFolder } from './check-model-folder.ts';
import type { ConformanceResult } from './conformance-result.ts';
import { fixturePath } from './small-model.ts';

const failures = (results: readonly ConformanceResult[]) => results.filter(({ status }) => status !== 'passed');

describeBackends('models equal transformers', () => {
  it.each([
    ['gemma2', 37],
    ['gemma3', 38],
    ['gpt2', 37],
    ['llama', 40],
    ['llama_sharded', 33],
    ['mistral', 40],
    ['phi3', 44],
    ['qwen2', 38],
    ['qwen2_bf16', 31],
    ['qwen3', 37],
    ['qwen3_moe', 38],
    ['qwen2_lora', 36],
    ['qwen2_reward', 5],
    ['qwen2_value', 5],
  ])('%s', async (name, checks) => {
    const before = tf.memory().numTensors;
    const results = await checkModelFolder(fixturePath(`models/${name}`));
    expect(failures(results)).toEqual([]);
    expect(results).toHaveLength(checks);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describeBackends('a folder that differs', () => {
  it('fails where it differs', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rlloom-models-'));
    await cp(fixturePath('models/qwen2'), directory, { recursive: true });
    const path = join(directory, 'expected.json');
    const expected = JSON.parse(await readFile(path, 'utf8')) as {
      single: { logits_last: number[][] };
      greedy: { tokens: number[][] };
      causal_lm_loss: { grad_norms: Record<string, number> };
    };
    (expected.single.logits_last[0] as number[])[3] = 99;
    (expected.greedy.tokens[1] as number[])[2] = 0;
    expected.causal_lm_loss.grad_norms['model.norm.weight'] = 5;
    await writeFile(path, JSON.stringify(expected));
    const failed = failures(await checkModelFolder(directory));
    expect(failed.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'single.logits_last failed',
      'greedy.tokens failed',
      'causal_lm_loss.grad_norms failed',
    ]);
    expect(failed[0]?.detail).toMatch(/^\[3\] is .*, expected 99$/);
  });
});
