import { compile, type ParameterTree, tf, type ValueAndGradients, valueAndGradients } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { tokenLogProbs } from '../log-probs/token-log-probs.ts';
import { batchOf, type ForwardFixture, forwardTolerance } from './check-forward.ts';
import { compareNumbers, type ConformanceResult } from './conformance-result.ts';

/** The mean cross-entropy over labelled tokens and its gradient, as the peer computed them. */
export interface LossFixture {
  /** The batch, by name. */
  readonly input: string;
  /** −100 where a token does not count. */
  readonly labels: readonly (readonly number[])[];
  readonly loss: number;
  readonly global_grad_norm: number;
  readonly grad_norms: Readonly<Record<string, number>>;
  /** The first numbers of some gradients. */
  readonly grad_slices: Readonly<Record<string, readonly number[]>>;
}

/** A model, or the part of one, that gradients are taken for. */
export interface TrainedWeights extends ModelWeights {
  /** All parameters of a forward pass, from those that are trained. Default: the same. */
  readonly complete?: (trained: ParameterTree) => ParameterTree;
}

/** How far a gradient may be off, as a share of the largest number it is compared with. */
const gradientTolerance = 1e-3;

/** Compares the loss, the norm of every parameter's gradient, and slices of gradients. */
export async function checkGradients(
  model: TrainedWeights,
  fixture: LossFixture,
  batch: Pick<ForwardFixture, 'input_ids' | 'attention_mask'>,
): Promise<ConformanceResult[]> {
  const { value, gradients } = await lossAndGradients(model, fixture, batch);
  const loss = (await value.data())[0] as number;
  const read = new Map<string, Float32Array>();
  for (const [name, gradient] of Object.entries(gradients)) read.set(name, await gradient.data<'float32'>());
  tf.dispose([value, gradients]);
  const gradientOf = (name: string) => read.get(name) ?? joinedExperts(name, read);
  const names = Object.keys(fixture.grad_norms);
  const tolerance = forwardTolerance;
  return [
    compareNumbers('causal_lm_loss.loss', [loss], { values: [fixture.loss], tolerance }),
    compareNumbers('causal_lm_loss.global_grad_norm', [Math.hypot(...[...read.values()].map(norm))], {
      values: [fixture.global_grad_norm],
      tolerance,
    }),
    compareNumbers(
      'causal_lm_loss.grad_norms',
      names.map((name) => norm(gradientOf(name))),
      { values: names.map((name) => fixture.grad_norms[name] as number), tolerance },
    ),
    ...Object.entries(fixture.grad_slices).map(([name, expected]) =>
      compareNumbers(`grad_slices.${name}`, gradientOf(name).slice(0, expected.length), {
        values: expected,
        tolerance: gradientTolerance,
        // A slice of tokens that the batch does not have is 0 throughout.
        scale: Math.max(...expected.map(Math.abs)) || 1,
      }),
    ),
  ];
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}

/**
 * The matrices of all experts after one another, as transformers 5 holds them in memory (`mlp.experts.gate_up_proj`:
 * gate and up of the first expert, then of the next); its checkpoints have them apart.
 */
function joinedExperts(name: string, gradients: ReadonlyMap<string, Float32Array>): Float32Array {
  const [, experts, module] = /^(.*\.experts)\.(gate_up|down)_proj$/.exec(name) ?? [];
  const parts: number[] = [];
  for (let expert = 0; ; expert++) {
    const matrices = (module === 'gate_up' ? ['gate', 'up'] : ['down']).map((part) =>
      gradients.get(`${experts}.${expert}.${part}_proj.weight`),
    );
    if (matrices.includes(undefined)) return Float32Array.from(parts.length > 0 ? parts : [Number.NaN]);
    for (const matrix of matrices) for (const x of matrix ?? []) parts.push(x);
  }
}

async function lossAndGradients(
  model: TrainedWeights,
  fixture: LossFixture,
  padded: Pick<ForwardFixture, 'input_ids' | 'attention_mask'>,
): Promise<Pick<ValueAndGradients, 'value' | 'gradients'>> {
  const counted = fixture.labels.map((row) => row.slice(1).map((label) => (label === -100 ? 0 : 1)));
  const total = counted.flat().reduce<number>((sum, one) => sum + one, 0);
  const complete = model.complete ?? ((trained: ParameterTree) => trained);
  const inputs = { trained: model.parameters, batch: batchOf(padded), weights: tf.tensor2d(counted) };
  // Compiled where the backend compiles.
  const compiled = compile(({ trained, batch, weights }: typeof inputs) => {
    const { value, gradients } = valueAndGradients((parameters) => {
      const { logProbs } = tokenLogProbs(model.config, complete(parameters), batch);
      return { value: tf.mul<tf.Scalar>(tf.sum(tf.mul(logProbs, weights)), -1 / total) };
    }, trained);
    return { value, gradients };
  });
  try {
    return await compiled(inputs);
  } finally {
    tf.dispose([inputs.batch, inputs.weights]);
    compiled.dispose();
  }
}
