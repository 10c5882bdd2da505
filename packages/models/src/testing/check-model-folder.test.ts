import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tf } from '@rlloom/tensor';
import { describeBackends } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import { checkModelFolder } from './check-model-folder.ts';
import type { ConformanceResult } from './conformance-result.ts';
import { fixturePath } from './small-model.ts';

const failures = (results: readonly ConformanceResult[]) => results.filter(({ status }) => status !== 'passed');

describeBackends('models equal transformers', () => {
  it.each([
    ['qwen2', 38],
    ['qwen2_bf16', 31],
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

describe('tokenizers equal transformers', () => {
  it.each([
    ['gpt2', 5],
    ['llama', 7],
    ['mistral', 7],
    ['gemma2', 7],
    ['gemma3', 7],
    ['phi3', 7],
    ['qwen3', 7],
    ['qwen3_moe', 7],
  ])('%s', async (name, checks) => {
    const results = await checkModelFolder(fixturePath(`models/${name}`));
    expect(results.filter(({ status }) => status === 'passed')).toHaveLength(checks);
    expect(failures(results)).toEqual([expect.objectContaining({ name: 'model', status: 'skipped' })]);
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
