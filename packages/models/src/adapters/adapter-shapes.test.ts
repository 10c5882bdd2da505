import { describe, expect, it } from 'vitest';
import { smallConfig } from '../testing/small-model.ts';
import { parseAdapterConfig } from './adapter-config-file.ts';
import { adapterShapes } from './adapter-shapes.ts';

const shapesOf = (json: Readonly<Record<string, unknown>>, model = smallConfig()) =>
  adapterShapes(model, parseAdapterConfig({ peft_type: 'LORA', r: 2, lora_alpha: 8, ...json }));
const paths = (...given: Parameters<typeof shapesOf>) =>
  shapesOf(...given).modules.map(({ path }) => path.replace('model.layers.', ''));

describe('adapterShapes', () => {
  it('gives A and B of each module the shapes of its sides', () => {
    const { tensors, modules } = shapesOf({ target_modules: ['v_proj'], use_dora: true });
    expect([...tensors]).toEqual(
      [0, 1].flatMap((layer) => [
        [`model.layers.${layer}.self_attn.v_proj.lora_A.weight`, [2, 16]],
        [`model.layers.${layer}.self_attn.v_proj.lora_B.weight`, [8, 2]],
        [`model.layers.${layer}.self_attn.v_proj.lora_magnitude_vector`, [8]],
      ]),
    );
    expect(modules[0]).toEqual({
      path: 'model.layers.0.self_attn.v_proj',
      rank: 2,
      scaling: 4,
      outputSize: 8,
      inputSize: 16,
    });
  });

  it('selects by ends of paths, whole paths, patterns and all-linear', () => {
    expect(paths({ target_modules: ['q_proj', 'layers.1.mlp.up_proj', 'no_such'] })).toEqual([
      '0.self_attn.q_proj',
      '1.self_attn.q_proj',
      '1.mlp.up_proj',
    ]);
    // An end of a path starts at a dot.
    expect(() => paths({ target_modules: ['proj'] })).toThrow(/no matrix of the qwen2 model/);
    expect(paths({ target_modules: String.raw`.*\.1\..*(q|down)_proj` })).toEqual([
      '1.self_attn.q_proj',
      '1.mlp.down_proj',
    ]);
    // A pattern has to fit the whole path.
    expect(() => paths({ target_modules: 'q_proj' })).toThrow(/no matrix/);
    const all = ['q', 'k', 'v', 'o'].map((name) => `self_attn.${name}_proj`);
    const layer = [...all, 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'];
    const expected = [0, 1].flatMap((number) => layer.map((name) => `${number}.${name}`));
    expect(paths({ target_modules: 'all-linear' })).toEqual(expected);
    expect(paths({ target_modules: 'all-linear' }, smallConfig({ tie_word_embeddings: false }))).toEqual(expected);
  });

  it('leaves out excluded modules, other layers, and what is trained whole', () => {
    expect(paths({ target_modules: ['q_proj', 'k_proj'], exclude_modules: ['layers.0.self_attn.k_proj'] })).toEqual([
      '0.self_attn.q_proj',
      '1.self_attn.q_proj',
      '1.self_attn.k_proj',
    ]);
    expect(paths({ target_modules: ['q_proj', 'k_proj'], exclude_modules: '.*k_proj' })).toHaveLength(2);
    expect(paths({ target_modules: ['q_proj'], layers_to_transform: 1 })).toEqual(['1.self_attn.q_proj']);
    expect(paths({ target_modules: ['q_proj'], layers_to_transform: [] })).toHaveLength(2);
    const { tensors, replaced } = shapesOf({
      target_modules: ['up_proj', 'q_proj'],
      modules_to_save: ['mlp', 'input_layernorm'],
    });
    expect(replaced.filter((name) => name.includes('layers.0.'))).toEqual([
      'model.layers.0.mlp.gate_proj.weight',
      'model.layers.0.mlp.up_proj.weight',
      'model.layers.0.mlp.down_proj.weight',
      'model.layers.0.input_layernorm.weight',
    ]);
    expect(tensors.get('model.layers.0.mlp.up_proj.weight')).toEqual([24, 16]);
    expect(tensors.has('model.layers.0.mlp.up_proj.lora_A.weight')).toBe(false);
  });

  it('finds what is trained whole by the ends of names, as PEFT does', () => {
    const replaced = (module: string) =>
      shapesOf({ target_modules: ['q_proj'], modules_to_save: [module] }).replaced.map((name) => name.slice(6));
    expect(replaced('norm')).toEqual([
      'layers.0.input_layernorm.weight',
      'layers.0.post_attention_layernorm.weight',
      'layers.1.input_layernorm.weight',
      'layers.1.post_attention_layernorm.weight',
      'norm.weight',
    ]);
    expect(replaced('model.norm')).toEqual(['norm.weight']);
    expect(replaced('0.input_layernorm')).toEqual(['layers.0.input_layernorm.weight']);
    expect(() => replaced('input')).toThrow(/no parameters.*"input"/);
  });

  it('scales by alpha over the rank or its root, by pattern the first that fits', () => {
    const json = {
      target_modules: ['q_proj', 'k_proj', 'v_proj'],
      rank_pattern: { 'layers.0.self_attn.q_proj': 4, q_proj: 16 },
      alpha_pattern: { '[kq]_proj': 6 },
    };
    const scalings = (more = {}) => shapesOf({ ...json, ...more }).modules.map(({ rank, scaling }) => [rank, scaling]);
    expect(scalings()).toEqual([
      [4, 1.5],
      [2, 3],
      [2, 4],
      [16, 0.375],
      [2, 3],
      [2, 4],
    ]);
    expect(scalings({ use_rslora: true }).slice(0, 2)).toEqual([
      [4, 3],
      [2, 6 / Math.sqrt(2)],
    ]);
  });

  it('refuses what cannot be changed so', () => {
    const untied = smallConfig({ tie_word_embeddings: false });
    expect(() => paths({ target_modules: ['lm_head'] }, untied)).toThrow(/lm_head is not a matrix of a layer/);
    expect(() => paths({ target_modules: ['embed_tokens', 'q_proj'] })).toThrow(/model\.embed_tokens is not/);
    expect(() => paths({ target_modules: ['norm', 'q_proj'] })).toThrow(/model\.norm is not/);
    expect(() => paths({ target_modules: ['q_proj'], modules_to_save: ['score'] })).toThrow(/no parameters.*"score"/);
    expect(() => paths({ target_modules: ['q_proj'], modules_to_save: ['embed_tokens'] })).toThrow(
      /output layer as well/,
    );
    expect(
      shapesOf({ target_modules: ['q_proj'], modules_to_save: ['embed_tokens', 'lm_head'] }, untied).replaced,
    ).toEqual(['model.embed_tokens.weight', 'lm_head.weight']);
    expect(() => paths({ target_modules: '(?P<name>q_proj)' })).toThrow(/not a pattern that can be read/);
  });
});
