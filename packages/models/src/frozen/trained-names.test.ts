import { type ParameterTree, selectBackend, tensorOf, tf, valueAndGradients } from '@rlloom/tensor';
import { describeBackends, expectTensorClose, peakBytes } from '@rlloom/tensor/testing';
import { describe, expect, it } from 'vitest';
import { createAdapter } from '../adapters/create-adapter.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { createModel } from '../create-model.ts';
import { createScoringModel } from '../heads/create-scoring-model.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { smallConfig, smallModel } from '../testing/small-model.ts';
import { trainedNames } from './trained-names.ts';

describe('trainedNames', () => {
  const model = { config: { ...smallConfig(), numHiddenLayers: 3 }, parameters: {} as ParameterTree };
  const parameters = Object.fromEntries(
    ['model.embed_tokens.weight', 'model.layers.0.mlp.up_proj.weight', 'model.layers.1.mlp.up_proj.weight']
      .concat(['model.layers.2.self_attn.q_proj.bias', 'model.norm.weight'])
      .map((name) => [name, undefined as unknown as tf.Tensor]),
  );
  const select = (selection: Parameters<typeof trainedNames>[1], more: ParameterTree = {}) => {
    const all = { ...parameters, ...more };
    return Object.keys(all).filter(trainedNames({ ...model, parameters: all }, selection));
  };
  const absent = undefined as unknown as tf.Tensor;

  it('says yes to what any part selects', () => {
    expect(select({ pattern: 'mlp' })).toEqual([
      'model.layers.0.mlp.up_proj.weight',
      'model.layers.1.mlp.up_proj.weight',
    ]);
    expect(select({ pattern: /\.bias$/g, lastLayers: 2 })).toEqual([
      'model.layers.1.mlp.up_proj.weight',
      'model.layers.2.self_attn.q_proj.bias',
    ]);
    expect(select({ lastLayers: 3 })).toHaveLength(3);
  });

  it('knows the head: scores, the output layer, or tied embeddings', () => {
    expect(select({ head: true })).toEqual(['model.embed_tokens.weight']);
    expect(select({ head: true }, { 'lm_head.weight': absent })).toEqual(['lm_head.weight']);
    expect(select({ head: true }, { 'score.weight': absent, 'score.bias': absent, 'lm_head.weight': absent })).toEqual([
      'score.weight',
      'score.bias',
    ]);
  });

  it('refuses what selects nothing or cannot be', () => {
    expect(() => select({})).toThrow(/none of the 5 parameters .* an empty selection/);
    expect(() => select({ pattern: 'nothing', lastLayers: 0 })).toThrow(/pattern nothing, the last 0 layers/);
    expect(() => select({ lastLayers: 4 })).toThrow(/the model has 3/);
    expect(() => select({ lastLayers: -1 })).toThrow(/-1/);
    expect(() => select({ pattern: '(' })).toThrow(/not a regular expression/);
  });

  it('selects among the tensors of an adapter and of a scoring model', async () => {
    await selectBackend({ backend: 'wasm' });
    const base = smallModel();
    const adapter = createAdapter(base, { rank: 2, seed: 1 });
    const inAdapter = trainedNames({ config: base.config, parameters: adapter.parameters }, { lastLayers: 1 });
    const chosen = Object.keys(adapter.parameters).filter(inAdapter);
    expect(chosen.length).toBe(Object.keys(adapter.parameters).length / 2);
    expect(chosen.every((name) => name.includes('layers.1.'))).toBe(true);
    const scoring = createScoringModel(base, { kind: 'value', seed: 1 });
    expect(Object.keys(scoring.parameters).filter(trainedNames(scoring, { head: true }))).toEqual([
      'score.weight',
      'score.bias',
    ]);
    for (const each of [scoring, adapter, base]) each.dispose();
  });
});

const padded = (time: number) => ({
  tokens: tf.tensor2d(
    Int32Array.from({ length: 2 * time }, (_, i) => (i * 7) % 23),
    [2, time],
    'int32',
  ),
  attentionMask: tf.ones<tf.Rank.R2>([2, time], 'int32'),
});

const lossOf = (config: ModelConfig, parameters: ParameterTree, batch: ReturnType<typeof padded>) => ({
  value: tf.neg<tf.Scalar>(tf.mean(tokenLogProbs(config, parameters, batch).logProbs)),
});

describeBackends('frozen parts', () => {
  it('keep no activations and have no gradient; the others have the same as ever', async () => {
    const config = { ...smallConfig({ num_hidden_layers: 6 }) };
    const model = createModel(config, { seed: 1 });
    const batch = padded(24);
    const trains = trainedNames(model, { lastLayers: 1 });
    const some = Object.fromEntries(Object.entries(model.parameters).filter(([name]) => trains(name)));
    const run = (trained: ParameterTree) => {
      let result: ReturnType<typeof valueAndGradients> | undefined;
      const peak = peakBytes(() => {
        result = valueAndGradients(
          (parameters) => lossOf(config, { ...model.parameters, ...parameters }, batch),
          trained,
        );
      });
      return { ...(result as ReturnType<typeof valueAndGradients>), peak };
    };
    const [all, last] = [run(model.parameters), run(some)];
    expect(last.peak).toBeLessThan(0.4 * all.peak);
    expect(Object.keys(last.gradients)).toEqual(Object.keys(some));
    for (const [name, gradient] of Object.entries(last.gradients)) {
      await expectTensorClose(gradient, await tensorOf(all.gradients, name).array(), 1e-6);
    }
    tf.dispose([all.value, all.gradients, last.value, last.gradients, batch]);
    model.dispose();
  });

  it('tied embeddings: the gradient is that of the input plus that of the output', async () => {
    const tied = smallModel();
    const embeddings = tensorOf(tied.parameters, 'model.embed_tokens.weight');
    const config = smallConfig({ tie_word_embeddings: false });
    const batch = padded(6);
    const whole = valueAndGradients((parameters) => lossOf(tied.config, parameters, batch), tied.parameters);
    const parts = valueAndGradients((parameters) => lossOf(config, parameters, batch), {
      ...tied.parameters,
      'lm_head.weight': embeddings.clone(),
    });
    const sum = tf.add(
      tensorOf(parts.gradients, 'model.embed_tokens.weight'),
      tensorOf(parts.gradients, 'lm_head.weight'),
    );
    const ofOutput = await tf.max(tf.abs(tensorOf(parts.gradients, 'lm_head.weight'))).data();
    expect(ofOutput[0]).toBeGreaterThan(1e-3);
    await expectTensorClose(tensorOf(whole.gradients, 'model.embed_tokens.weight'), await sum.array(), 1e-6);
    tf.dispose([whole.value, whole.gradients, parts.value, parts.gradients, sum, batch]);
    tied.dispose();
  });
});
