import type { CausalLanguageModel, LoraAdapter } from '@rlloom/models';
import {
  applyUpdates,
  cloneTree,
  disposeTree,
  globalNorm,
  type GradientTransform,
  mapTree,
  type ProgramFunction,
  tf,
} from '@rlloom/tensor';
import type { BatchTensors } from './batch-tensors.ts';
import { forwardTrained } from './forward-trained.ts';
import { addPolicyVariables, type PolicyVariables } from './policy-variables.ts';
import type { Products } from './products.ts';
import { type PassOptions, trainPass } from './train-pass.ts';
import type { LossToRun, TrainStep } from './train-step.ts';

/** What a compiled train step is made of. */
export interface CompiledTrainStepOptions extends PassOptions {
  readonly model: CausalLanguageModel;
  readonly adapter: LoraAdapter | undefined;
  /** Names of what trains: of the adapter if there is one, else of the model. */
  readonly names: readonly string[];
  readonly optimizer: GradientTransform;
  readonly products: Products;
}

type BatchInputs = { readonly batch: BatchTensors };
type PassInputs = BatchInputs & {
  readonly counts: {
    readonly tokenCount: tf.Scalar;
    readonly sequenceCount: tf.Scalar;
    readonly groupCount: tf.Scalar;
    readonly placeTokenCounts: readonly tf.Scalar[];
  };
  readonly coefficients: Readonly<Record<string, tf.Scalar>>;
};
type PassOutputs = {
  readonly metrics: Readonly<Record<string, tf.Tensor>>;
  readonly logProbs: tf.Tensor2D;
  readonly norm: tf.Scalar;
};
type RunPass = ProgramFunction<PassInputs, PassOutputs>;

/**
 * A train step as functions of the model's program: weights, gradients and the optimizer's state are its variables, and
 * only the batch goes in and metrics come out. A function is compiled for each loss (its coefficients are inputs), set of
 * fields, and shape of a micro-batch. The variables of the gradient are there from the first pass to the optimizer step.
 */
export function createCompiledTrainStep(options: CompiledTrainStepOptions): TrainStep {
  const { optimizer, products } = options;
  const { program } = options.model;
  const variables = addPolicyVariables(options, options.names, optimizer);
  let { scalars } = variables;
  // Of the gradient's sum; there is none while this is undefined.
  let norm: number | undefined;
  const discard = (): void => {
    variables.removeGradients();
    norm = undefined;
  };

  const forward = program.define(
    'log_probs',
    (tensors, { batch }: BatchInputs) => ({ outputs: forwardTrained(variables.weights(tensors), batch, options) }),
    { products },
  );
  const passes = new Map<LossToRun['key'], Map<string, RunPass>>();
  const passFor = (loss: LossToRun, isFirst: boolean): RunPass => {
    const variant = `${loss.counts.groupSize} ${isFirst}`;
    const ofLoss = passes.get(loss.key) ?? new Map<string, RunPass>();
    const run = ofLoss.get(variant) ?? definePass(options, variables, { loss, isFirst });
    passes.set(loss.key, ofLoss.set(variant, run));
    return run;
  };
  const update = defineUpdate(options, variables);

  return {
    roundsShapes: true,
    forward(batch) {
      variables.takeAdapter();
      return forward({ batch });
    },
    async forwardBackward(batch, loss) {
      variables.takeAdapter();
      const run = passFor(loss, norm === undefined);
      if (norm === undefined) variables.addGradients();
      norm ??= 0;
      const { groupSize: _, placeTokenCounts, ...counts } = loss.counts;
      const inputs = {
        counts: { ...scalarsOf(counts), placeTokenCounts: placeTokenCounts.map((count) => tf.scalar(count)) },
        coefficients: scalarsOf(loss.coefficients),
      };
      const { norm: ofSum, ...output } = await run({ ...inputs, batch });
      norm = (await ofSum.data())[0] ?? Number.NaN;
      tf.dispose([inputs, ofSum]);
      return output;
    },
    gradientNorm: async () => norm,
    async apply(learningRate) {
      if (norm === undefined) return;
      const next = optimizer.coefficients(scalars, { learningRate });
      const coefficients = scalarsOf(next.coefficients);
      await update({ coefficients });
      tf.dispose(coefficients);
      scalars = next.scalars;
      discard();
      variables.giveAdapter();
    },
    discard,
    async withOptimizerState(use) {
      const tensors = variables.readOptimizer();
      try {
        return await use({ tensors, scalars });
      } finally {
        disposeTree(tensors);
      }
    },
    restore(state) {
      program.write(variables.updates({ optimizer: state.tensors }));
      disposeTree(state.tensors);
      ({ scalars } = state);
    },
    dispose: () => variables.dispose(),
  };
}

// The first pass after a step writes its gradient, others add to it.
function definePass(
  options: CompiledTrainStepOptions,
  variables: PolicyVariables,
  { loss, isFirst }: { readonly loss: LossToRun; readonly isFirst: boolean },
): RunPass {
  const { compute, counts, trainsEntropy } = loss;
  return options.model.program.define(
    'forward_backward',
    (tensors, { batch, ...inputs }: PassInputs) => {
      const trained = {
        parameters: variables.trained(tensors),
        complete: (parameters: ReturnType<PolicyVariables['trained']>) => variables.weights(tensors, parameters),
      };
      const { gradients, logProbs, metrics } = trainPass(trained, batch, {
        ...options,
        loss: compute,
        trainsEntropy,
        counts: { ...inputs.counts, groupSize: counts.groupSize },
        coefficients: inputs.coefficients,
      });
      const before = isFirst ? {} : variables.gradients(tensors);
      const sums = mapTree(gradients, (gradient, name) => {
        const sum = before[name];
        return sum === undefined ? gradient : tf.add(sum, gradient);
      });
      return {
        outputs: { metrics, logProbs, norm: globalNorm(sums) },
        updates: variables.updates({ gradients: sums }),
      };
    },
    { products: options.products },
  );
}

function defineUpdate({ model, optimizer }: CompiledTrainStepOptions, variables: PolicyVariables) {
  type Inputs = { readonly coefficients: Readonly<Record<string, tf.Scalar>> };
  return model.program.define('optimizer_step', (tensors, { coefficients }: Inputs) => {
    const parameters = variables.trained(tensors);
    // The optimizer takes over what it is given.
    const given = [variables.gradients(tensors), variables.optimizer(tensors)].map(cloneTree);
    const step = optimizer.update(given[0] ?? {}, given[1] ?? {}, { parameters, coefficients });
    const trained = applyUpdates(parameters, step.updates);
    return { outputs: {}, updates: variables.updates({ trained, optimizer: step.tensors }) };
  });
}

function scalarsOf<Name extends string>(numbers: Readonly<Record<Name, number>>): Record<Name, tf.Scalar> {
  const entries = Object.entries<number>(numbers).map(([name, value]) => [name, tf.scalar(value)]);
  return Object.fromEntries(entries) as Record<Name, tf.Scalar>;
}
