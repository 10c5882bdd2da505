import type { ParameterTree } from '../parameter-tree.ts';
import type { GradientTransform } from './gradient-transform.ts';

/**
 * The transforms one after the other: each gets the updates of the one before. Names of states and of coefficients get
 * the place of the transform in front, `1/firstMoment/w`.
 *
 * @example
 * ```ts
 * const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.1 }));
 * let state = optimizer.init(parameters);
 * const step = optimizerStep(optimizer, state, { gradients, parameters, learningRate: 1e-3 });
 * state = step.state;
 * ```
 */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return {
    init(parameters) {
      const states = transforms.map((transform) => transform.init(parameters));
      return {
        tensors: joined(states.map(({ tensors }) => tensors)),
        scalars: joined(states.map(({ scalars }) => scalars)),
      };
    },
    coefficients(scalars, step) {
      const steps = transforms.map((transform, i) => transform.coefficients(part(scalars, i), step));
      return {
        coefficients: joined(steps.map(({ coefficients }) => coefficients)),
        scalars: joined(steps.map((each) => each.scalars)),
      };
    },
    update(updates, tensors, { parameters, coefficients }) {
      let current: ParameterTree = updates;
      const next = transforms.map((transform, i) => {
        const own = { parameters, coefficients: part(coefficients, i) };
        const result = transform.update(current, part(tensors, i), own);
        current = result.updates;
        return result.tensors;
      });
      return { updates: current, tensors: joined(next) };
    },
  };
}

function joined<T>(parts: readonly Readonly<Record<string, T>>[]): Record<string, T> {
  return Object.fromEntries(
    parts.flatMap((part, i) => Object.entries(part).map(([name, value]) => [`${i}/${name}`, value])),
  );
}

function part<T>(all: Readonly<Record<string, T>>, index: number): Record<string, T> {
  const prefix = `${index}/`;
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
}
