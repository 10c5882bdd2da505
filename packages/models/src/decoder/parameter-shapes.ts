import type { ModelConfig } from '../config/model-config.ts';

/**
 * Name and shape of every parameter, in the names of Hugging Face checkpoints. Matrices are `[out, in]`.
 * With tied embeddings there is no `lm_head.weight`.
 */
export function parameterShapes(config: ModelConfig): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: intermediate } = config;
  const queries = config.numAttentionHeads * config.headDim;
  const keys = config.numKeyValueHeads * config.headDim;
  const shapes = new Map<string, readonly number[]>([['model.embed_tokens.weight', [config.vocabularySize, hidden]]]);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const at = (name: string) => `model.layers.${layer}.${name}`;
    for (const [name, width] of [
      ['q_proj', queries],
      ['k_proj', keys],
      ['v_proj', keys],
    ] as const) {
      shapes.set(at(`self_attn.${name}.weight`), [width, hidden]);
      if (config.queryKeyValueBias) shapes.set(at(`self_attn.${name}.bias`), [width]);
    }
    shapes.set(at('self_attn.o_proj.weight'), [hidden, queries]);
    shapes.set(at('mlp.gate_proj.weight'), [intermediate, hidden]);
    shapes.set(at('mlp.up_proj.weight'), [intermediate, hidden]);
    shapes.set(at('mlp.down_proj.weight'), [hidden, intermediate]);
    shapes.set(at('input_layernorm.weight'), [hidden]);
    shapes.set(at('post_attention_layernorm.weight'), [hidden]);
  }
  shapes.set('model.norm.weight', [hidden]);
  if (!config.tieWordEmbeddings) shapes.set('lm_head.weight', [config.vocabularySize, hidden]);
  return shapes;
}
