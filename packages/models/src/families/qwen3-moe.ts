import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { defineFamily } from './define-family.ts';
import { windowOf } from './layer-windows.ts';

const size = z.int().positive();

/**
 * Qwen3 with a mixture of experts (arXiv:2505.09388): Qwen3 where every `decoder_sparse_step`-th layer has experts, but
 * for those of `mlp_only_layers`.
 */
export const qwen3Moe = defineFamily({
  modelType: 'qwen3_moe',
  architecture: 'Qwen3MoeForCausalLM',
  defaults: { maxPositionEmbeddings: 32768, normEpsilon: 1e-6, ropeTheta: 10000, tieWordEmbeddings: false },
  keys: {
    num_experts: size.nullish(),
    num_local_experts: size.nullish(),
    num_experts_per_tok: size.default(8),
    moe_intermediate_size: size.default(768),
    norm_topk_prob: z.boolean().default(false),
    decoder_sparse_step: size.default(1),
    mlp_only_layers: z.array(z.int().nonnegative()).nullish(),
    attention_bias: z.boolean().nullish(),
    use_sliding_window: z.boolean().nullish(),
    sliding_window: size.nullish(),
  },
  // The loss that spreads tokens over experts is part of pretraining; it is left out of every loss here.
  allowed: { hidden_act: ['silu'], attention_dropout: [0], partial_rotary_factor: [1], output_router_logits: [false] },

  describe: ({ attention, layers }, { keys, where }) => {
    const count = keys.num_experts ?? keys.num_local_experts ?? 128;
    checkExperts(keys.num_experts_per_tok, count, where);
    const window = keys.use_sliding_window === true ? (keys.sliding_window ?? 4096) : null;
    const isDense = (index: number) =>
      (keys.mlp_only_layers ?? []).includes(index) || (index + 1) % keys.decoder_sparse_step !== 0;
    return {
      attention: {
        ...attention,
        hasBias: { projections: keys.attention_bias ?? false, output: keys.attention_bias ?? false },
        headNorms: { query: 'self_attn.q_norm', key: 'self_attn.k_norm' },
      },
      experts: {
        count,
        countPerToken: keys.num_experts_per_tok,
        intermediateSize: keys.moe_intermediate_size,
        normalizesWeights: keys.norm_topk_prob,
        router: 'mlp.gate',
        module: 'mlp.experts',
      },
      layers: layers.map((layer, index) => ({ ...layer, window, hasExperts: !isDense(index) })),
    };
  },

  writeKeys: ({ attention, experts, layers }) => ({
    hidden_act: 'silu',
    attention_bias: attention.hasBias.output,
    attention_dropout: 0,
    use_sliding_window: windowOf(layers) !== null,
    sliding_window: windowOf(layers),
    num_experts: experts?.count,
    num_experts_per_tok: experts?.countPerToken,
    moe_intermediate_size: experts?.intermediateSize,
    norm_topk_prob: experts?.normalizesWeights,
    decoder_sparse_step: 1,
    mlp_only_layers: [...layers.keys()].filter((index) => layers[index]?.hasExperts === false),
    output_router_logits: false,
  }),
});

function checkExperts(perToken: number, count: number, where: string): void {
  if (perToken <= count) return;
  throw new RlloomError('model', {
    what: `num_experts_per_tok ${perToken} is more than the number of experts, ${count}`,
    where,
    fix: 'take config.json from the original model again',
  });
}
