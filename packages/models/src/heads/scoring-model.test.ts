import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  adamW,
  applyUpdates,
  optimizerStep,
  type ParameterTree,
  tensorOf,
  tf,
  valueAndGradients,
} from '@rlloom/tensor';
import { describeBackends, expectNoLeaks, expectTensorClose } from '@rlloom/tensor/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadModel } from '../checkpoint/load-model.ts';
import { saveModel } from '../checkpoint/save-model.ts';
import { openSafetensors } from '../checkpoint/safetensors-file.ts';
import { forwardHidden } from '../forward-hidden.ts';
import { fixturePath, smallModel } from '../testing/small-model.ts';
import { createScoringModel, type CreateScoringModelOptions } from './create-scoring-model.ts';
import { loadScoringModel } from './load-scoring-model.ts';
import { saveScoringModel } from './save-scoring-model.ts';
import { sequenceScores, tokenScores, tokenValues } from './scores.ts';
import { ScoringModel } from './scoring-model.ts';

const padded = () => ({
  tokens: tf.tensor2d(
    [
      [3, 5, 7, 0],
      [0, 0, 9, 4],
      [2, 6, 8, 1],
    ],
    [3, 4],
    'int32',
  ),
  attentionMask: tf.tensor2d(
    [
      [1, 1, 1, 0],
      [0, 0, 1, 1],
      [1, 1, 1, 1],
    ],
    [3, 4],
    'int32',
  ),
});

function scoringModel(options: Partial<CreateScoringModelOptions> = {}, overrides: Record<string, unknown> = {}) {
  const model = smallModel(overrides);
  const scoring = createScoringModel(model, { kind: 'value', seed: 2, ...options });
  model.dispose();
  return scoring;
}

async function valuesOf(tree: ParameterTree): Promise<Record<string, number[]>> {
  const entries: [string, number[]][] = [];
  for (const [name, tensor] of Object.entries(tree)) entries.push([name, [...(await tensor.data())]]);
  return Object.fromEntries(entries);
}

describeBackends('scores', () => {
  it('are products of the hidden states with the head, of every token or the last one', async () => {
    const model = scoringModel({ kind: 'reward', labels: 2 });
    const { config, parameters } = model;
    const batch = padded();
    const [hidden, perToken, perSequence] = tf.tidy(() => [
      forwardHidden(config, parameters, batch),
      tokenScores(config, parameters, batch),
      sequenceScores(config, parameters, batch),
    ]);
    const states = await hidden.array();
    const weight = (await tensorOf(parameters, 'score.weight').array()) as number[][];
    const score = (row: number, t: number) =>
      weight.map((w) => w.reduce((sum, x, i) => sum + x * (states[row]?.[t]?.[i] as number), 0));
    await expectTensorClose(perSequence, [score(0, 2), score(1, 3), score(2, 3)], 1e-5);
    await expectTensorClose(
      perToken,
      [
        [score(0, 0), score(0, 1), score(0, 2), [0, 0]],
        [[0, 0], [0, 0], score(1, 2), score(1, 3)],
        [0, 1, 2, 3].map((t) => score(2, t)),
      ],
      1e-5,
    );
    expect(() => tokenValues(config, parameters, batch)).toThrow(/2 numbers per token/);
    tf.dispose([hidden, perToken, perSequence, batch.tokens, batch.attentionMask]);
    model.dispose();
  });

  it('add the bias', async () => {
    const model = scoringModel();
    const batch = padded();
    const plain = tokenValues(model.config, model.parameters, batch);
    const moved = { ...model.parameters, 'score.bias': tf.tensor1d([5]) };
    const shifted = tokenValues(model.config, moved, batch);
    const [a, b] = [(await plain.data())[2] as number, (await shifted.data())[2] as number];
    expect(b - a).toBeCloseTo(5, 5);
    expect((await shifted.data())[3]).toBe(0);
    tf.dispose([plain, shifted, moved['score.bias'], batch.tokens, batch.attentionMask]);
    model.dispose();
  });

  it('train: decoder and head fit targets, and nothing leaks', () =>
    expectNoLeaks(async () => {
      const model = scoringModel();
      const batch = padded();
      const mask = tf.cast(batch.attentionMask, 'float32');
      const optimizer = adamW({ weightDecay: 0 });
      let state = optimizer.init(model.parameters);
      const losses: number[] = [];
      for (let step = 0; step < 12; step++) {
        const { value, gradients } = valueAndGradients((parameters) => {
          const off = tf.sub(tokenValues(model.config, parameters, batch), 1.5);
          return { value: tf.mean<tf.Scalar>(tf.mul(tf.square(off), mask)) };
        }, model.parameters);
        losses.push((await value.data())[0] as number);
        const { parameters } = model;
        const result = optimizerStep(optimizer, state, { gradients, parameters, learningRate: 0.05 });
        model.setParameters(applyUpdates(model.parameters, result.updates));
        state = result.state;
        tf.dispose([value, result.updates]);
      }
      expect(losses.at(-1)).toBeLessThan(0.05 * (losses[0] as number));
      tf.dispose([state.tensors, batch.tokens, batch.attentionMask, mask]);
      model.dispose();
    }));
});

describeBackends('a scoring model', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rlloom-scoring-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('keeps the decoder of the model it is made from, and outlives it', async () => {
    const model = smallModel();
    const scoring = createScoringModel(model, { kind: 'reward', seed: 2 });
    const before = await valuesOf(model.parameters);
    model.dispose();
    const { 'score.weight': head, ...decoder } = await valuesOf(scoring.parameters);
    expect(decoder).toEqual(before);
    expect(head).toHaveLength(16);
    expect(new Set(head).size).toBe(16);
    expect(scoring.parameterCount).toBe(Object.values(before).flat().length + 16);
    scoring.dispose();
  });

  it.each([
    [{ kind: 'value' }, {}, 'Qwen2ForTokenClassification', ['score.bias', 'score.weight']],
    [{ kind: 'reward', labels: 3 }, {}, 'Qwen2ForSequenceClassification', ['score.weight']],
    [{ kind: 'value' }, { tie_word_embeddings: false }, 'Qwen2ForTokenClassification', ['score.bias', 'score.weight']],
    [
      { kind: 'value', layout: 'trl' },
      { tie_word_embeddings: false },
      'Qwen2ForCausalLM',
      ['lm_head.weight', 'v_head.summary.bias', 'v_head.summary.weight'],
    ],
  ] as const)('is written and read again: %o %o', async (...[options, overrides, architecture, names]) => {
    const model = scoringModel(options, overrides);
    const folder = join(directory, 'model');
    await saveScoringModel(model, folder);
    const json = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<string, unknown>;
    expect(json['architectures']).toEqual([architecture]);
    expect(Object.keys(json['id2label'] ?? {})).toHaveLength('layout' in options ? 0 : model.head.labels);
    const file = await openSafetensors(join(folder, 'model.safetensors'));
    expect([...file.tensors.keys()].filter((name) => !name.startsWith('model.')).sort()).toEqual(names);
    await file.close();
    const again = await loadScoringModel(folder);
    expect(again.head).toEqual(model.head);
    expect(await valuesOf(again.parameters)).toEqual(await valuesOf(model.parameters));
    for (const each of [model, again]) each.dispose();
  });

  it('keeps the names of labels that a checkpoint came with', async () => {
    const model = await loadScoringModel(fixturePath('models/qwen2_reward'));
    expect(model.head).toEqual({ kind: 'reward', labels: 1, bias: false, layout: 'transformers' });
    await saveScoringModel(model, join(directory, 'model'));
    const json = JSON.parse(await readFile(join(directory, 'model/config.json'), 'utf8')) as Record<string, unknown>;
    expect(json).toMatchObject({ id2label: { 0: 'LABEL_0' }, pad_token_id: 499 });
    model.dispose();
  });

  it('is known by its tensors where config.json names no class', async () => {
    const model = scoringModel();
    const folder = join(directory, 'model');
    await saveScoringModel(model, folder);
    const path = join(folder, 'config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...json, architectures: undefined }));
    const again = await loadScoringModel(folder);
    expect(again.head).toEqual(model.head);
    for (const each of [model, again]) each.dispose();
  });

  it('is not read from a folder without a head, nor as a causal model', async () => {
    const model = smallModel();
    await saveModel(model, join(directory, 'causal'));
    model.dispose();
    const tensors = tf.memory().numTensors;
    await expect(loadScoringModel(join(directory, 'causal'))).rejects.toThrow(/no weight file has a value or reward/);
    await expect(loadModel(fixturePath('models/qwen2_value'))).rejects.toThrow(/score\.(weight|bias)/);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('takes only parameters that fit', async () => {
    const model = scoringModel();
    const before = await valuesOf(model.parameters);
    const wrong = tf.zeros([2, 16]);
    expect(() => model.setParameters({ ...model.parameters, 'score.weight': wrong })).toThrow(/\[2, 16\].*\[1, 16\]/);
    const { 'score.bias': _, ...rest } = model.parameters;
    expect(() => model.setParameters(rest)).toThrow(/score\.bias/);
    expect(() => new ScoringModel(model.config, { ...model.head, bias: false }, model.parameters)).toThrow(
      /score\.bias/,
    );
    expect(await valuesOf(model.parameters)).toEqual(before);
    wrong.dispose();
    model.dispose();
  });

  it('refuses a TRL head that TRL does not have', () => {
    const model = smallModel();
    expect(() => createScoringModel(model, { kind: 'reward', layout: 'trl', seed: 1 })).toThrow(/layout of TRL/);
    model.dispose();
  });
});
