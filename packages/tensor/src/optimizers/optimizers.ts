import { addDecayedWeights } from './add-decayed-weights.ts';
import { chain } from './chain.ts';
import type { GradientTransform } from './gradient-transform.ts';
import { type AdamOptions, scaleByAdam } from './scale-by-adam.ts';
import { scaleByLearningRate } from './scale-by-learning-rate.ts';
import { trace } from './trace.ts';

/** Weight decay, shared by every optimizer. */
export interface WeightDecayOptions {
  /** Default 0. */
  readonly weightDecay?: number;
  /** Whether the parameter of that name decays. Default: all do. */
  readonly mask?: (name: string) => boolean;
}

/** AdamW (arXiv:1711.05101): Adam with decoupled weight decay, `p ← p - rate · (m̂/(√v̂+ε) + weightDecay · p)`. */
export function adamW(options: AdamOptions & WeightDecayOptions = {}): GradientTransform {
  return chain(scaleByAdam(options), decay(options), scaleByLearningRate());
}

/** Adam (arXiv:1412.6980). Weight decay, where given, is an L2 penalty on the gradient, as in PyTorch. */
export function adam(options: AdamOptions & WeightDecayOptions = {}): GradientTransform {
  return chain(decay(options), scaleByAdam(options), scaleByLearningRate());
}

/** Stochastic gradient descent; `momentum` (default 0) with or without `nesterov`; weight decay is an L2 penalty. */
export function sgd(
  options: WeightDecayOptions & { readonly momentum?: number; readonly nesterov?: boolean } = {},
): GradientTransform {
  const { momentum = 0, nesterov = false } = options;
  return chain(
    decay(options),
    ...(momentum === 0 ? [] : [trace({ decay: momentum, nesterov })]),
    scaleByLearningRate(),
  );
}

function decay({ weightDecay = 0, mask }: WeightDecayOptions): GradientTransform {
  return addDecayedWeights(weightDecay, mask === undefined ? {} : { mask });
}
