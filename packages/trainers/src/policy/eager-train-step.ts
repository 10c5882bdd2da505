import {
  addTrees,
  applyUpdates,
  disposeTree,
  globalNorm,
  type GradientTransform,
  optimizerStep,
  type ParameterTree,
  tf,
  type TransformState,
} from '@rlloom/tensor';
import { forwardTrained } from './forward-trained.ts';
import { type PassOptions, trainPass } from './train-pass.ts';
import type { TrainStep } from './train-step.ts';
import type { TrainedWeights } from './trained-weights.ts';

/** A train step that runs operation by operation on the active backend. */
export function createEagerTrainStep(
  trained: TrainedWeights,
  optimizer: GradientTransform,
  options: PassOptions,
): TrainStep {
  let state = optimizer.init(trained.parameters);
  let sum: ParameterTree | undefined;
  const discard = (): void => {
    if (sum !== undefined) disposeTree(sum);
    sum = undefined;
  };
  const disposeState = (): void => disposeTree(state.tensors);
  return {
    roundsShapes: false,
    forward: async (batch) => tf.tidy(() => forwardTrained(trained.weights, batch, options)),
    async forwardBackward(batch, { compute, ...loss }) {
      const { gradients, ...output } = trainPass(trained, batch, { ...options, ...loss, loss: compute });
      sum = sum === undefined ? gradients : addInPlaceOf(sum, gradients);
      return output;
    },
    async gradientNorm() {
      if (sum === undefined) return undefined;
      const gradients = sum;
      const norm = tf.tidy(() => globalNorm(gradients));
      const [value = Number.NaN] = await norm.data();
      norm.dispose();
      return value;
    },
    async apply(learningRate) {
      if (sum === undefined) return;
      const gradients = sum;
      sum = undefined;
      const { parameters } = trained;
      const step = optimizerStep(optimizer, state, { gradients, parameters, learningRate });
      trained.replace(applyUpdates(parameters, step.updates));
      disposeTree(step.updates);
      state = step.state;
    },
    discard,
    withOptimizerState: (use) => use(state),
    restore(next: TransformState) {
      disposeState();
      state = next;
    },
    dispose() {
      disposeState();
      discard();
    },
  };
}

function addInPlaceOf(sum: ParameterTree, more: ParameterTree): ParameterTree {
  const total = addTrees(sum, more);
  disposeTree(sum);
  disposeTree(more);
  return total;
}
