import { deriveSeed } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { mersenne } from 'pure-rand/generator/mersenne';
import { CausalLanguageModel } from './causal-language-model.ts';
import type { ModelConfig } from './config/model-config.ts';
import { isNormWeight, parameterShapes } from './decoder/parameter-shapes.ts';

/**
 * A new model with seeded weights: matrices from normal(0, `initializerRange`), norms that scale by 1, biases 0. The
 * same seed gives the same numbers on every backend, and each parameter has its own stream.
 *
 * @returns a model the caller owns (`dispose`)
 */
export function createModel(config: ModelConfig, options: { readonly seed: number }): CausalLanguageModel {
  const parameters: Record<string, tf.Tensor> = {};
  for (const [name, shape] of parameterShapes(config)) {
    parameters[name] = isNormWeight(config, name)
      ? tf.fill([...shape], config.norm.kind === 'rms-plus-one' ? 0 : 1)
      : tf.tensor(initialValues(name, shape, { ...options, deviation: config.initializerRange }), [...shape]);
  }
  return new CausalLanguageModel(config, parameters);
}

/** New numbers of a parameter: 1 for norms, 0 for biases, else normal with the given deviation, from a stream of its name. */
export function initialValues(
  name: string,
  shape: readonly number[],
  options: { readonly seed: number; readonly deviation: number },
): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  if (name.endsWith('norm.weight')) return values.fill(1);
  if (name.endsWith('.bias')) return values;
  const generator = mersenne(deriveSeed(options.seed, 'initial-weights', name));
  // Box-Muller: two uniform numbers give two independent normal ones.
  for (let i = 0; i < values.length; i += 2) {
    const radius = options.deviation * Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    const angle = 2 * Math.PI * uniformFloat64(generator);
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}
