import {
  adafactor,
  adam,
  adamW,
  applyUpdates,
  chain,
  clipByGlobalNorm,
  globalNorm,
  type GradientTransform,
  optimizerStep,
  type ParameterTree,
  sgd,
  tf,
  type TransformState,
} from '@rlloom/tensor';
import { NotCovered } from '../algorithm-runner.ts';
import { compare, type Values } from '../compare.ts';
import type { FixtureFile } from '../fixture-file.ts';
import type { CaseResult } from '../results.ts';

type Tree = Readonly<Record<string, Values>>;

/** A case of `train/optimizers.json`: PyTorch's optimizer over given gradients. */
interface OptimizerCase {
  readonly id: string;
  readonly optimizer: string;
  readonly kwargs: Readonly<Record<string, Values>>;
  readonly b_has_no_weight_decay: boolean;
  readonly max_grad_norm: number | null;
  readonly init: Tree;
  readonly steps: readonly { readonly grads: Tree; readonly grad_norm_before_clip: number; readonly params: Tree }[];
  readonly final_state: Readonly<Record<string, Tree>>;
}

/** Compares norms and parameters after every step, and the state after the last. */
export async function runOptimizers(file: FixtureFile): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const entry of file.cases) results.push(await runCase(entry as unknown as OptimizerCase));
  return results;
}

async function runCase(entry: OptimizerCase): Promise<CaseResult> {
  const { id, steps, final_state } = entry;
  tf.engine().startScope();
  try {
    const optimizer = optimizerOf(entry);
    let parameters = tensors(entry.init);
    let state = optimizer.init(parameters);
    const actual = [];
    for (const { grads } of steps) {
      const gradients = tensors(grads);
      const norm = await globalNorm(gradients).array();
      const learningRate = Number(entry.kwargs['lr']);
      const step = optimizerStep(optimizer, state, { gradients, parameters, learningRate });
      parameters = applyUpdates(parameters, step.updates);
      state = step.state;
      actual.push({ grad_norm_before_clip: norm, params: await arrays(parameters) });
    }
    const expected = {
      steps: steps.map(({ grad_norm_before_clip, params }) => ({ grad_norm_before_clip, params })),
      final_state,
    };
    const { ok, error, where, reason } = compare(
      { steps: actual, final_state: await stateOf(state, final_state) },
      { expected },
    );
    return { id, status: ok ? 'passed' : 'failed', error, where, ...(reason !== undefined && { reason }) };
  } catch (error) {
    if (error instanceof NotCovered) return { id, status: 'skipped', reason: error.message };
    return { id, status: 'failed', where: 'error', reason: String(error) };
  } finally {
    tf.engine().endScope();
  }
}

/** Options each optimizer of PyTorch may be given here. */
const known: Readonly<Record<string, readonly string[]>> = {
  AdamW: ['lr', 'betas', 'eps', 'weight_decay', 'amsgrad'],
  Adam: ['lr', 'betas', 'eps', 'weight_decay', 'amsgrad'],
  SGD: ['lr', 'momentum', 'nesterov', 'weight_decay'],
  Adafactor: ['lr'],
};

function optimizerOf(entry: OptimizerCase): GradientTransform {
  const { optimizer, kwargs, max_grad_norm } = entry;
  const unknown = Object.keys(kwargs).filter((name) => !(known[optimizer] ?? []).includes(name));
  if (unknown.length > 0) throw new NotCovered(`not built: ${unknown.join(', ')} of ${optimizer}`);
  const transform = transformOf(entry);
  return max_grad_norm === null ? transform : chain(clipByGlobalNorm(max_grad_norm), transform);
}

function transformOf({ optimizer, kwargs, b_has_no_weight_decay }: OptimizerCase): GradientTransform {
  // PyTorch's default weight decay is 0.01 for AdamW and 0 for the others.
  const weightDecay = Number(kwargs['weight_decay'] ?? (optimizer === 'AdamW' ? 0.01 : 0));
  const decay = { weightDecay, mask: (name: string) => !(b_has_no_weight_decay && name === 'b') };
  const [beta1, beta2] = (kwargs['betas'] ?? [0.9, 0.999]) as [number, number];
  const moments = { beta1, beta2, epsilon: Number(kwargs['eps'] ?? 1e-8), amsgrad: kwargs['amsgrad'] === true };
  switch (optimizer) {
    case 'AdamW':
      return adamW({ ...moments, ...decay });
    case 'Adam':
      return adam({ ...moments, ...decay });
    case 'SGD':
      return sgd({ momentum: Number(kwargs['momentum'] ?? 0), nesterov: kwargs['nesterov'] === true, ...decay });
    case 'Adafactor':
      return adafactor();
    default:
      throw new NotCovered(`not built: optimizer ${optimizer}`);
  }
}

/** Our slot of the state for PyTorch's. */
const slots: Readonly<Record<string, string>> = {
  exp_avg: 'firstMoment',
  exp_avg_sq: 'secondMoment',
  max_exp_avg_sq: 'largestSecondMoment',
  momentum_buffer: 'trace',
  row_var: 'rowVariance',
  col_var: 'columnVariance',
  variance: 'variance',
};

async function stateOf(state: TransformState, wanted: OptimizerCase['final_state']): Promise<Values> {
  const found: Record<string, Record<string, Values>> = {};
  for (const [parameter, names] of Object.entries(wanted)) {
    found[parameter] = {};
    for (const name of Object.keys(names)) {
      // A chain puts the position of its part before the name of the slot.
      const key = Object.keys(state.tensors).find((candidate) => candidate.endsWith(`${slots[name]}/${parameter}`));
      const tensor = key === undefined ? undefined : state.tensors[key];
      if (tensor !== undefined) found[parameter][name] = await tensor.array();
    }
  }
  return found;
}

function tensors(tree: Tree): ParameterTree {
  return Object.fromEntries(Object.entries(tree).map(([name, values]) => [name, tf.tensor(values as number[])]));
}

async function arrays(tree: ParameterTree): Promise<Values> {
  const entries = await Promise.all(
    Object.entries(tree).map(async ([name, tensor]) => [name, await tensor.array()] as const),
  );
  return Object.fromEntries(entries);
}
