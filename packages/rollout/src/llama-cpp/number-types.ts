import type { ModelConfig } from '@rlloom/models';
import type { EngineCapabilities } from '@rlloom/spec';
import type { LlamaCppConfig } from './llama-cpp.config.ts';

type NumberTypes = Pick<LlamaCppConfig, 'dtype' | 'cacheDtype' | 'flashAttention' | 'gpu'>;

/** The number type of keys and values: that of the trainer unless said otherwise, or matrices are quantised. */
export function cacheType({ dtype, cacheDtype }: Pick<NumberTypes, 'dtype' | 'cacheDtype'>): 'F32' | 'F16' {
  const isQuantised = dtype === 'q8_0' || dtype === 'q4_0';
  return (cacheDtype ?? (isQuantised ? 'f16' : 'f32')) === 'f32' ? 'F32' : 'F16';
}

/** `exact` where llama.cpp keeps all numbers in float32, as the trainer does. */
export function logProbsOf(model: ModelConfig, types: NumberTypes): EngineCapabilities['logProbs'] {
  const inFloat32 =
    types.dtype === 'f32' &&
    cacheType(types) === 'F32' &&
    // Flash attention rounds keys and values to float16, whatever they are kept in.
    !types.flashAttention &&
    // GPUs multiply matrices of float32 in fewer bits.
    types.gpu === 'none' &&
    // GELU comes from a table of float16 numbers.
    model.feedForward.activation === 'silu';
  return inFloat32 ? 'exact' : 'approximate';
}
