import type { ParameterTree } from '../parameter-tree.ts';
import type { GradientTransform, TransformState } from './gradient-transform.ts';

/**
 * The transforms one after the other: each gets the updates of the one before. State names get the place of the
 * transform in front, `1/firstMoment/w`.
 *
 * @example
 * ```ts
 * const optimizer = chain(clipByGlobalNorm(1), adamW({ weightDecay: 0.1 }));
 * let state = optimizer.init(parameters);
 * const step = optimizer.update(gradients, state, { parameters, learningRate: 1e-3 });
 * state = step.state;
 * ```
 */
export function chain(...transforms: readonly GradientTransform[]): GradientTransform {
  return {
    init: (parameters) => merge(transforms.map((transform) => transform.init(parameters))),
    update(updates, state, context) {
      let current: ParameterTree = updates;
      const states = transforms.map((transform, i) => {
        const result = transform.update(current, part(state, i), context);
        current = result.updates;
        return result.state;
      });
      return { updates: current, state: merge(states) };
    },
  };
}

function merge(states: readonly TransformState[]): TransformState {
  const prefixed = <T>(pick: (state: TransformState) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      states.flatMap((state, i) => Object.entries(pick(state)).map(([name, value]) => [`${i}/${name}`, value])),
    );
  return { tensors: prefixed((state) => state.tensors), scalars: prefixed((state) => state.scalars) };
}

function part(state: TransformState, index: number): TransformState {
  const prefix = `${index}/`;
  const own = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(record).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  return { tensors: own(state.tensors), scalars: own(state.scalars) };
}
