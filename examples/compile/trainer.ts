import {
  adam,
  applyUpdates,
  cloneTree,
  createProgram,
  type CreateProgramOptions,
  type DefineOptions,
  mapTree,
  type ParameterTree,
  tensorOf,
  tf,
  valueAndGradients,
} from '@rlloom/tensor';
import { initialParameters, loss, recognized } from './classifier.ts';
import type { Digits } from './digits.ts';

/** What a classifier starts from. */
export interface Start {
  readonly hidden: readonly number[];
  readonly learningRate: number;
  readonly seed: number;
}

/** A classifier that learns. */
export interface Trainer {
  /** One step on a batch: its loss before the step. */
  step(batch: Digits): Promise<number>;
  /** Share of the digits that it recognizes. */
  accuracy(digits: Digits): Promise<number>;
  dispose(): void;
}

/** Trains in a program: compiled, or with `mode: 'eager'` the very same functions operation by operation. */
export function programTrainer(start: Start, options: CreateProgramOptions & DefineOptions): Trainer {
  const { hidden, learningRate, seed } = start;
  const program = createProgram(options);
  const optimizer = adam();
  const parameters = initialParameters(hidden, seed);
  const state = optimizer.init(parameters);
  const [names, stateNames] = [Object.keys(parameters), Object.keys(state.tensors)];
  program.addVariables({ ...parameters, ...state.tensors });
  tf.dispose([parameters, state.tensors]);
  let { scalars } = state;

  const train = program.define(
    'train',
    (variables, { images, labels, coefficients }: Examples & { readonly coefficients: ParameterTree }) => {
      const parameters = pick(variables, names);
      const { value, gradients } = valueAndGradients((p) => ({ value: loss(p, images, labels) }), parameters);
      // An update takes its tensors over, and variables are not ours to give away.
      const moments = cloneTree(pick(variables, stateNames));
      const { updates, tensors } = optimizer.update(gradients, moments, {
        parameters,
        coefficients: coefficients as Record<string, tf.Scalar>,
      });
      return { outputs: { loss: value }, updates: { ...applyUpdates(parameters, updates), ...tensors } };
    },
    options,
  );

  const evaluate = program.define('evaluate', (variables, { images, labels }: Examples) => ({
    outputs: { recognized: recognized(pick(variables, names), images, labels) },
  }));

  return {
    step: async (batch) => {
      // What changes from step to step is an input: a number would be recorded as it was in the first step.
      const numbers = optimizer.coefficients(scalars, { learningRate });
      const coefficients = Object.fromEntries(
        Object.entries(numbers.coefficients).map(([name, value]) => [name, tf.scalar(value)]),
      );
      scalars = numbers.scalars;
      const inputs = { ...examples(batch), coefficients };
      const outputs = await train(inputs);
      const [value] = await outputs.loss.data();
      tf.dispose([inputs, outputs]);
      return value as number;
    },
    accuracy: async (digits) => {
      const inputs = examples(digits);
      const outputs = await evaluate(inputs);
      const [count] = await outputs.recognized.data();
      tf.dispose([inputs, outputs]);
      return (count as number) / digits.count;
    },
    dispose: () => program.dispose(),
  };
}

/** Trains the way of the TensorFlow.js tutorials, to measure against: `tf.variable` and `tf.train.adam`. */
export function tutorialTrainer({ hidden, learningRate, seed }: Start): Trainer {
  const parameters = mapTree(initialParameters(hidden, seed), (tensor) => tf.variable(tensor));
  const optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  return {
    step: async (batch) => {
      const { images, labels } = examples(batch);
      const before = optimizer.minimize(() => loss(parameters, images, labels), true) as tf.Scalar;
      const [value] = await before.data();
      tf.dispose([images, labels, before]);
      return value as number;
    },
    accuracy: async (digits) => {
      const { images, labels } = examples(digits);
      const count = tf.tidy(() => recognized(parameters, images, labels));
      const [value] = await count.data();
      tf.dispose([images, labels, count]);
      return (value as number) / digits.count;
    },
    dispose: () => {
      optimizer.dispose();
      tf.dispose(parameters);
    },
  };
}

// A type, not an interface: a tree of tensors has no other keys.
type Examples = { readonly images: tf.Tensor; readonly labels: tf.Tensor };

function examples({ count, images, labels }: Digits): Examples {
  return { images: tf.tensor2d(images, [count, images.length / count]), labels: tf.tensor1d(labels, 'int32') };
}

function pick(tree: ParameterTree, names: readonly string[]): Record<string, tf.Tensor> {
  return Object.fromEntries(names.map((name) => [name, tensorOf(tree, name)]));
}
