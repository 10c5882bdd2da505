import { deriveSeed } from '@rlloom/spec';
import { tensorOf, tf } from '@rlloom/tensor';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import { rowNorms } from '../decoder/row-norms.ts';
import type { ModelWeights } from './adapt-parameters.ts';
import { adapterShapes } from './adapter-shapes.ts';
import { LoraAdapter } from './lora-adapter.ts';
import type { LoraConfig, ModuleSelection } from './lora-config.ts';

/** Options of {@link createAdapter}. */
export interface CreateAdapterOptions {
  /** Rows of `A`, columns of `B`. Default 8. */
  readonly rank?: number;
  /** The change is multiplied by `alpha / rank`. Default: `2 · rank`. */
  readonly alpha?: number;
  /** Multiply by `alpha / √rank` instead (arXiv:2312.03732). Default false. */
  readonly useRslora?: boolean;
  /** Learn the length of each output row apart from its direction (DoRA, arXiv:2402.09353). Default false. */
  readonly useDora?: boolean;
  /** The changed matrices, by the end of their paths or one pattern. Default `all-linear`: all but the output layer. */
  readonly targetModules?: ModuleSelection;
  /** Taken out of `targetModules`. */
  readonly excludeModules?: ModuleSelection;
  /** Layers by number that `targetModules` is limited to, where it is a list. */
  readonly layers?: readonly number[];
  /** Modules to train whole. Default none. */
  readonly modulesToSave?: readonly string[];
  /** Ranks of single modules, by pattern of the end of their path. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  /** Alphas of single modules, likewise. */
  readonly alphaPattern?: Readonly<Record<string, number>>;
  /** Folder or name of the model, for adapter_config.json. */
  readonly baseModel?: string;
  /** Seed of `A`. */
  readonly seed: number;
}

/**
 * A new adapter that changes nothing yet: `B` is 0, `A` uniform in `±1/√in` (PEFT's `kaiming_uniform_`), so that
 * training starts at the model itself. Each tensor has its own seeded stream.
 *
 * @returns an adapter the caller owns (`dispose`)
 * @throws RlloomError kind `model` for modules the model does not have, or that cannot be changed so
 * @throws RangeError for a rank that is not a positive whole number, or an alpha that is not finite
 */
export function createAdapter(model: ModelWeights, options: CreateAdapterOptions): LoraAdapter {
  const { rank = 8, seed } = options;
  const config: LoraConfig = {
    rank,
    alpha: options.alpha ?? 2 * rank,
    useRslora: options.useRslora ?? false,
    useDora: options.useDora ?? false,
    targetModules: options.targetModules ?? 'all-linear',
    excludeModules: options.excludeModules ?? null,
    layers: options.layers ?? null,
    modulesToSave: options.modulesToSave ?? [],
    rankPattern: options.rankPattern ?? {},
    alphaPattern: options.alphaPattern ?? {},
    dropout: 0,
    baseModel: options.baseModel ?? null,
    otherKeys: model.config.storesInputFirst ? { fan_in_fan_out: true } : {},
  };
  checkNumbers(config);
  const parameters: Record<string, tf.Tensor> = {};
  for (const [name, shape] of adapterShapes(model.config, config).tensors) {
    parameters[name] = initial(model, { name, shape, seed });
  }
  return new LoraAdapter(model.config, config, parameters);
}

function initial(
  { config, parameters: base }: ModelWeights,
  { name, shape, seed }: { readonly name: string; readonly shape: readonly number[]; readonly seed: number },
): tf.Tensor {
  if (name.endsWith('.lora_B.weight')) return tf.zeros([...shape]);
  if (name.endsWith('.lora_magnitude_vector')) {
    const weight = tensorOf(base, name.replace(/\.lora_magnitude_vector$/, '.weight')) as tf.Tensor2D;
    return rowNorms(weight, config.storesInputFirst);
  }
  // A module trained whole starts as it is.
  if (!name.endsWith('.lora_A.weight')) return tensorOf(base, name).clone();
  const [rank, inputSize] = shape as [number, number];
  const bound = 1 / Math.sqrt(inputSize);
  const generator = mersenne(deriveSeed(seed, 'initial-adapter', name));
  const values = Float32Array.from({ length: rank * inputSize }, () => bound * (2 * uniformFloat64(generator) - 1));
  return tf.tensor2d(values, [rank, inputSize]);
}

function checkNumbers({ rank, rankPattern, alpha, alphaPattern }: LoraConfig): void {
  for (const value of [rank, ...Object.values(rankPattern)]) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`createAdapter: a rank must be a positive whole number, given ${value}`);
    }
  }
  for (const value of [alpha, ...Object.values(alphaPattern)]) {
    if (!Number.isFinite(value)) throw new RangeError(`createAdapter: alpha must be a finite number, given ${value}`);
  }
}
