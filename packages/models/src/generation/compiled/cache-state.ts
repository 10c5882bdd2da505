import { type ParameterTree, type Program, tensorOf, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';
import { cacheBytes } from '../cache-bytes.ts';

// B = slots, C = columns, K = key-value heads, D = width of a head.

/** Keys and values of a batch of slots, as variables of a program: per layer `[B·K,C,D]` each. */
export interface CacheState {
  readonly slots: number;
  readonly capacity: number;
  readonly bytes: number;
  /** Tells states apart; one that was closed and is opened again has the same. */
  readonly id: string;
  /** Names of the variables, by layer. */
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** Frees the variables. Calling it again does nothing. */
  close(): void;
}

/** The sizes of a state. */
export interface CacheStateSize {
  readonly slots: number;
  readonly capacity: number;
}

const open = new WeakMap<Program, Set<string>>();

/** Adds the variables of a state to a program, beside those of other calls that are under way. */
export function openCacheState(program: Program, config: ModelConfig, { slots, capacity }: CacheStateSize): CacheState {
  const taken = open.get(program) ?? new Set<string>();
  open.set(program, taken);
  const idOf = (call: number): string => `generation.${call}.${slots}x${capacity}`;
  let call = 0;
  while (taken.has(idOf(call))) call++;
  const id = idOf(call);
  const { numHiddenLayers, numKeyValueHeads, headDim } = config;
  const names = (kind: string): string[] =>
    Array.from({ length: numHiddenLayers }, (_, layer) => `${id}.${layer}.${kind}`);
  const [keys, values] = [names('keys'), names('values')];
  const all = [...keys, ...values];
  // Zeros: what is hidden is multiplied by 0, which a NaN would survive.
  const zeros = tf.zeros([slots * numKeyValueHeads, capacity, headDim]);
  try {
    program.addVariables(Object.fromEntries(all.map((name) => [name, zeros])));
  } finally {
    zeros.dispose();
  }
  taken.add(id);
  return {
    slots,
    capacity,
    bytes: cacheBytes(config, { sequences: slots, tokens: capacity }),
    id,
    keys,
    values,
    close: () => {
      if (taken.delete(id)) program.removeVariables(all);
    },
  };
}

/** Those variables, by layer. */
export function layersIn(variables: ParameterTree, names: readonly string[]): tf.Tensor3D[] {
  return names.map((name) => tensorOf(variables, name) as tf.Tensor3D);
}

/** New values of them. */
export function updatesOf(
  state: Pick<CacheState, 'keys' | 'values'>,
  { keys, values }: { readonly keys: readonly tf.Tensor[]; readonly values: readonly tf.Tensor[] },
): ParameterTree {
  const updates: Record<string, tf.Tensor> = {};
  for (const [layer, name] of state.keys.entries()) updates[name] = keys[layer] as tf.Tensor;
  for (const [layer, name] of state.values.entries()) updates[name] = values[layer] as tf.Tensor;
  return updates;
}
