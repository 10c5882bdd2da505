import { z } from 'zod';
import type { ModelConfig } from './model-config.ts';

const tokenId = z.int().nonnegative();
const schema = z.looseObject({
  bos_token_id: tokenId.nullish().catch(undefined),
  eos_token_id: z
    .union([tokenId, z.array(tokenId)])
    .nullish()
    .catch(undefined),
  pad_token_id: tokenId.nullish().catch(undefined),
});

/** `config` with the special tokens of a generation_config.json, which win as they do in transformers' `generate`. */
export function withGenerationConfig<Tokens extends Pick<ModelConfig, 'bosTokenId' | 'eosTokenIds' | 'padTokenId'>>(
  config: Tokens,
  json: unknown,
): Tokens {
  const parsed = schema.safeParse(json);
  if (!parsed.success) return config;
  const { bos_token_id: bos, eos_token_id: eos, pad_token_id: pad } = parsed.data;
  return {
    ...config,
    bosTokenId: bos ?? config.bosTokenId,
    eosTokenIds: typeof eos === 'number' ? [eos] : (eos ?? config.eosTokenIds),
    padTokenId: pad ?? config.padTokenId,
  };
}

/** The generation_config.json that goes with a model. */
export function generationConfigOf(config: ModelConfig): Record<string, unknown> {
  const { bosTokenId, eosTokenIds, padTokenId } = config;
  return {
    ...(bosTokenId === null ? {} : { bos_token_id: bosTokenId }),
    ...(eosTokenIds.length === 0 ? {} : { eos_token_id: eosTokenIds.length === 1 ? eosTokenIds[0] : eosTokenIds }),
    ...(padTokenId === null ? {} : { pad_token_id: padTokenId }),
  };
}
