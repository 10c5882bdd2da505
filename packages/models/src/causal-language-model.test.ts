import { tf } from '@rlloom/tensor';
import { describeBackends, expectNoLeaks } from '@rlloom/tensor/testing';
import { expect, it } from 'vitest';
import { createModel } from './create-model.ts';
import { smallConfig, smallModel } from './testing/small-model.ts';

describeBackends('createModel', () => {
  it('draws normal weights, and the same for the same seed on every backend', async () => {
    const model = createModel(smallConfig({ vocab_size: 2000, initializer_range: 0.1 }), { seed: 7 });
    const values = (await model.parameters['model.embed_tokens.weight']?.data<'float32'>()) as Float32Array;
    const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length);
    expect(mean).toBeCloseTo(0, 2);
    expect(deviation).toBeCloseTo(0.1, 2);
    expect([...values.slice(0, 3)]).toEqual([-0.050694387406110764, -0.12072543799877167, 0.3170963525772095]);
    expect(await model.parameters['model.norm.weight']?.data()).toEqual(new Float32Array(16).fill(1));
    expect(await model.parameters['model.layers.0.self_attn.q_proj.bias']?.data()).toEqual(new Float32Array(16));
    const other = createModel(smallConfig({ vocab_size: 2000 }), { seed: 8 });
    expect(await other.parameters['model.embed_tokens.weight']?.data()).not.toEqual(values);
    model.dispose();
    other.dispose();
  });
});

describeBackends('CausalLanguageModel', () => {
  it('frees the parameters it replaces and keeps those it is given again', async () => {
    await expectNoLeaks(() => {
      const model = smallModel();
      const name = 'model.norm.weight';
      const kept = model.parameters['model.embed_tokens.weight'];
      const previous = model.parameters[name];
      const next = tf.tidy(() => {
        const doubled = tf.mul(previous as tf.Tensor, 2);
        model.setParameters({ ...model.parameters, [name]: doubled });
        return doubled.id;
      });
      expect(model.parameters[name]?.id).toBe(next);
      expect([previous?.isDisposed, model.parameters[name]?.isDisposed, kept?.isDisposed]).toEqual([
        true,
        false,
        false,
      ]);
      model.dispose();
      model.dispose();
    });
  });

  it('refuses parameters of another model and stays as it is', () => {
    const model = smallModel();
    const { 'model.norm.weight': norm, ...rest } = model.parameters;
    const wide = tf.ones([17]);
    expect(() => model.setParameters(rest)).toThrow(/model\.norm\.weight: the parameter is missing/);
    expect(() => model.setParameters({ ...model.parameters, extra: wide })).toThrow(
      /extra: a qwen2 model of this shape has no such/,
    );
    expect(() => model.setParameters({ ...model.parameters, 'model.norm.weight': wide })).toThrow(
      /the shape is \[17\], the model needs \[16\]/,
    );
    expect(model.parameters['model.norm.weight']).toBe(norm);
    expect(norm?.isDisposed).toBe(false);
    wide.dispose();
    model.dispose();
  });

  it('counts its parameters', () => {
    const model = smallModel({ tie_word_embeddings: false });
    // Per layer: q 16·16+16, k and v 8·16+8 each, o 16·16, three of 24·16, two norms.
    expect(model.parameterCount).toBe(2 * (272 + 2 * 136 + 256 + 3 * 384 + 32) + 16 + 2 * 23 * 16);
    model.dispose();
  });
});
