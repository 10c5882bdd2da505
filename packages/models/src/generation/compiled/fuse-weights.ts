import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';

/**
 * The same decoder with fewer and faster products of a few rows: query, key and value in one matrix, gate and up in one,
 * and all matrices of layers stored `[in, out]`. Outside of a loop this is done once per call.
 */
export function fuseWeights(
  config: ModelConfig,
  parameters: ParameterTree,
): { readonly config: ModelConfig; readonly parameters: ParameterTree } {
  const { projections } = config.attention;
  const { layout } = config.feedForward;
  const joinsHeads = 'query' in projections;
  const joinsGate = layout.kind === 'gated';
  const fused: Record<string, tf.Tensor> = { ...parameters };
  const join = (module: string, parts: readonly string[], into: string): void => {
    const outputAxis = config.storesInputFirst ? 1 : 0;
    for (const [kind, axis] of [
      ['weight', outputAxis],
      ['bias', 0],
    ] as const) {
      const names = parts.map((part) => `${module}${part}.${kind}`);
      if (names.some((name) => parameters[name] === undefined)) continue;
      fused[`${module}${into}.${kind}`] = tf.concat(
        names.map((name) => tensorOf(parameters, name)),
        axis,
      );
      for (const name of names) Reflect.deleteProperty(fused, name);
    }
  };
  const prefixes = config.layers.map((_, index) => `${config.names.layers}.${index}.`);
  for (const [index, prefix] of prefixes.entries()) {
    if (joinsHeads) join(prefix, [projections.query, projections.key, projections.value], joinedHeads);
    if (!joinsGate) continue;
    for (const module of feedForwardModules(config, index))
      join(`${prefix}${module}.`, [layout.gate, layout.up], joinedGate);
  }
  const next: ModelConfig = {
    ...config,
    attention: { ...config.attention, ...(joinsHeads && { projections: { joined: joinedHeads } }) },
    feedForward: {
      ...config.feedForward,
      ...(joinsGate && { layout: { kind: 'joined' as const, gateAndUp: joinedGate } }),
    },
    storesInputFirst: true,
  };
  if (config.storesInputFirst) return { config: next, parameters: fused };
  const router = config.experts?.router;
  for (const [name, tensor] of Object.entries(fused)) {
    const prefix = prefixes.find((start) => name.startsWith(start));
    if (prefix === undefined || tensor.rank !== 2 || name === `${prefix}${router ?? ''}.weight`) continue;
    fused[name] = tf.transpose(tensor as tf.Tensor2D);
  }
  return { config: next, parameters: fused };
}

function feedForwardModules({ experts, feedForward, layers }: ModelConfig, layer: number): string[] {
  if (experts === null || layers[layer]?.hasExperts !== true) return [feedForward.module];
  return Array.from({ length: experts.count }, (_, expert) => `${experts.module}.${expert}`);
}

const joinedHeads = 'attention.query_key_value';
const joinedGate = 'gate_and_up';
