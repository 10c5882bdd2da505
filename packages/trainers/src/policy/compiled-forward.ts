import { adaptParameters, type CausalLanguageModel, type LoraAdapter } from '@rlloom/models';
import type { ParameterTree, Program, ProgramFunction } from '@rlloom/tensor';
import type { BatchTensors } from './batch-tensors.ts';
import { forwardTrained } from './forward-trained.ts';
import type { Products } from './products.ts';
import type { TrainedOutput } from './train-step.ts';

type BatchInputs = { readonly batch: BatchTensors; readonly adapter: ParameterTree };

// One function for all that ask the same of a model.
const forwards = new WeakMap<Program, Map<string, ProgramFunction<BatchInputs, TrainedOutput>>>();

/**
 * The forward pass over a model's own variables, compiled once for each temperature and type of products. An adapter goes
 * in with each batch: it is small, and compiled functions then need nothing of it.
 */
export function compiledForward(
  { program, config }: CausalLanguageModel,
  {
    temperature,
    products,
    adapter,
  }: { readonly temperature: number; readonly products: Products; readonly adapter: LoraAdapter | undefined },
): (batch: BatchTensors) => Promise<TrainedOutput> {
  const known = forwards.get(program) ?? new Map<string, ProgramFunction<BatchInputs, TrainedOutput>>();
  forwards.set(program, known);
  const key = `${temperature} ${products}`;
  const forward =
    known.get(key) ??
    program.define(
      'log_probs',
      (parameters, { batch, adapter }: BatchInputs) => ({
        outputs: forwardTrained({ config, parameters: { ...parameters, ...adapter } }, batch, { temperature }),
      }),
      { products },
    );
  known.set(key, forward);
  return (batch) => forward({ batch, adapter: adapter === undefined ? {} : adaptParameters({}, adapter) });
}
