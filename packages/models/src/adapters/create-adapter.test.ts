import { tensorOf, tf } from '@rlloom/tensor';
import { describeBackends, expectTensorClose } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { createModel } from '../create-model.ts';
import { lastLogits } from '../testing/check-forward.ts';
import { movedAdapter } from '../testing/moved-adapter.ts';
import { smallModel } from '../testing/small-model.ts';
import { withAdapter } from './adapt-parameters.ts';
import { adapterConfigJson } from './adapter-config-file.ts';
import { createAdapter } from './create-adapter.ts';
import { mergeAdapter } from './merge-adapter.ts';

const batch = {
  input_ids: [
    [3, 1, 4, 1, 5],
    [0, 0, 9, 2, 6],
  ],
  attention_mask: [
    [1, 1, 1, 1, 1],
    [0, 0, 1, 1, 1],
  ],
};
const largestDifference = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? NaN))));

describeBackends('createAdapter', () => {
  it('changes nothing before it is trained, and afterwards as much merged as applied', async () => {
    const tensors = tf.memory().numTensors;
    const model = smallModel();
    const before = await lastLogits(model, batch);
    for (const useDora of [false, true]) {
      const options = { rank: 3, useDora, modulesToSave: ['norm'] };
      const fresh = createAdapter(model, { ...options, seed: 5 });
      expect(largestDifference(await lastLogits(withAdapter(model, fresh), batch), before)).toBeLessThan(2e-5);
      const adapter = movedAdapter(model, options);
      const applied = await lastLogits(withAdapter(model, adapter), batch);
      expect(largestDifference(applied, before)).toBeGreaterThan(0.1);
      const merged = mergeAdapter(model, adapter);
      expect(largestDifference(await lastLogits(merged, batch), applied)).toBeLessThan(2e-4);
      merged.dispose();
      expect(largestDifference(await lastLogits(model, batch), before)).toBe(0);
      for (const each of [fresh, adapter]) each.dispose();
    }
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('draws A within ±1/√in from a stream of each tensor, and sets B to 0', async () => {
    const model = smallModel();
    const name = 'model.layers.1.mlp.down_proj';
    const adapterOf = (seed: number, targetModules: string | string[]) => createAdapter(model, { seed, targetModules });
    const [all, one, other] = [adapterOf(7, 'all-linear'), adapterOf(7, ['down_proj']), adapterOf(8, ['down_proj'])];
    const values = await tensorOf(one.parameters, `${name}.lora_A.weight`).data();
    expect(await tensorOf(all.parameters, `${name}.lora_A.weight`).data()).toEqual(values);
    expect(await tensorOf(other.parameters, `${name}.lora_A.weight`).data()).not.toEqual(values);
    const bound = 1 / Math.sqrt(24);
    const largest = Math.max(...[...values].map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.9 * bound);
    const b = await tensorOf(one.parameters, `${name}.lora_B.weight`).data();
    expect(b.every((value) => value === 0)).toBe(true);
    expect(one.config).toMatchObject({ rank: 8, alpha: 16, dropout: 0 });
    expect(one.parameterCount).toBe(2 * 8 * (16 + 24));
    for (const each of [all, one, other, model]) each.dispose();
  });

  it('starts magnitudes at the lengths of the rows', async () => {
    const model = smallModel();
    const adapter = createAdapter(model, { seed: 1, useDora: true, targetModules: ['q_proj'] });
    const name = 'model.layers.0.self_attn.q_proj';
    const rows = await (tensorOf(model.parameters, `${name}.weight`) as tf.Tensor2D).array();
    await expectTensorClose(
      tensorOf(adapter.parameters, `${name}.lora_magnitude_vector`),
      rows.map((row) => Math.hypot(...row)),
      1e-5,
    );
    for (const each of [adapter, model]) each.dispose();
  });

  it('changes matrices stored with the input first in that layout, and says so to PEFT', async () => {
    const sizes = { vocab_size: 23, n_positions: 8, n_embd: 8, n_layer: 1, n_head: 2, initializer_range: 0.5 };
    const model = createModel(parseModelConfig({ model_type: 'gpt2', ...sizes }), { seed: 1 });
    const before = await lastLogits(model, batch);
    for (const useDora of [false, true]) {
      const adapter = createAdapter(model, { rank: 2, useDora, seed: 5 });
      const joined = 'transformer.h.0.attn.c_attn';
      expect(adapter.parameters[`${joined}.lora_A.weight`]?.shape).toEqual([2, 8]);
      expect(adapter.parameters[`${joined}.lora_B.weight`]?.shape).toEqual([24, 2]);
      expect(adapterConfigJson(adapter.config)).toMatchObject({ fan_in_fan_out: true });
      expect(largestDifference(await lastLogits(withAdapter(model, adapter), batch), before)).toBeLessThan(1e-5);
      const moved = movedAdapter(model, { rank: 2, useDora });
      const after = await lastLogits(withAdapter(model, moved), batch);
      expect(largestDifference(after, before)).toBeGreaterThan(0.01);
      const merged = mergeAdapter(model, moved);
      expect(largestDifference(await lastLogits(merged, batch), after)).toBeLessThan(1e-5);
      for (const each of [merged, moved, adapter]) each.dispose();
    }
    model.dispose();
  });

  it('refuses ranks, alphas and parameters that do not fit', () => {
    const model = smallModel();
    expect(() => createAdapter(model, { seed: 1, rank: 1.5 })).toThrow(RangeError);
    expect(() => createAdapter(model, { seed: 1, rankPattern: { q_proj: 0 } })).toThrow(RangeError);
    expect(() => createAdapter(model, { seed: 1, alpha: Number.NaN })).toThrow(RangeError);
    const adapter = createAdapter(model, { seed: 1, targetModules: ['q_proj'] });
    const { parameters } = adapter;
    const [name] = Object.keys(parameters) as [string];
    expect(() => adapter.setParameters({ ...parameters, extra: tensorOf(parameters, name) })).toThrow(/no such tensor/);
    expect(() => adapter.setParameters({})).toThrow(/the tensor is missing/);
    const scalar = tf.scalar(1);
    expect(() => adapter.setParameters({ ...parameters, [name]: scalar })).toThrow(/the shape is \[\]/);
    expect(adapter.parameters).toBe(parameters);
    for (const each of [adapter, model, scalar]) each.dispose();
  });
});
