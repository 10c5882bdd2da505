import type { CausalLanguageModel } from '@rlloom/models';
import { type Program, type ProgramFunction } from '@rlloom/tensor';
import type { BatchTensors } from './batch-tensors.ts';
import { forwardTrained } from './forward-trained.ts';
import type { Products } from './products.ts';
import type { TrainedOutput } from './train-step.ts';

type BatchInputs = { readonly batch: BatchTensors };

// One function for all that ask the same of a model.
const forwards = new WeakMap<Program, Map<string, ProgramFunction<BatchInputs, TrainedOutput>>>();

/** The forward pass over a model's own variables, compiled once for each temperature and type of products. */
export function compiledForward(
  { program, config }: CausalLanguageModel,
  { temperature, products }: { readonly temperature: number; readonly products: Products },
): (batch: BatchTensors) => Promise<TrainedOutput> {
  const known = forwards.get(program) ?? new Map<string, ProgramFunction<BatchInputs, TrainedOutput>>();
  forwards.set(program, known);
  const key = `${temperature} ${products}`;
  const forward =
    known.get(key) ??
    program.define(
      'log_probs',
      (parameters, { batch }: BatchInputs) => ({
        outputs: forwardTrained({ config, parameters }, batch, { temperature }),
      }),
      { products },
    );
  known.set(key, forward);
  return (batch) => forward({ batch: batch });
}
