import { compile, tf } from '@rlloom/tensor';
import type { Outputs } from './algorithm-runner.ts';
import type { Values } from './compare.ts';

let given: Map<Values, tf.Tensor> | undefined;
let seen: Set<Values> | undefined;
// What was read of tensors, in order, when the case ran operation by operation: a program has no numbers to read.
let noted: unknown[] | undefined;

/**
 * The tensor of a case's input while the case is compiled: an input of the program, not a constant, which TensorFlow
 * would compute with in advance.
 */
export function programInput(values: Values): tf.Tensor | undefined {
  seen?.add(values);
  return given?.get(values);
}

/** The numbers of a tensor that decide what a case computes, such as which rows have tokens. */
export function numbersOf(tensor: tf.Tensor): unknown {
  if (given !== undefined) return noted?.shift();
  const numbers = tensor.arraySync();
  noted?.push(numbers);
  return numbers;
}

/**
 * The tensors among the outputs of a case, computed as a graph: nothing on backends without graphs.
 *
 * @param outputs of the case run operation by operation
 * @param run runs it again
 */
export async function runCompiled(outputs: Outputs, run: () => Outputs): Promise<Record<string, tf.Tensor>> {
  if (tf.getBackend() !== 'tensorflow') return {};
  const names = Object.keys(outputs).filter((name) => outputs[name] instanceof tf.Tensor);
  if (names.length === 0) return {};
  const values = inputsOf(run);
  const f = compile((inputs: readonly tf.Tensor[]) => {
    given = new Map(values.map((value, i) => [value, inputs[i] as tf.Tensor]));
    try {
      const again = run();
      return Object.fromEntries(names.map((name) => [name, again[name] as tf.Tensor]));
    } finally {
      given = undefined;
    }
  });
  try {
    return await f(values.map((value) => tf.tensor(value as number[], undefined, 'float32')));
  } finally {
    noted = undefined;
    f.dispose();
  }
}

/** The inputs that a case makes tensors of. */
function inputsOf(run: () => Outputs): Values[] {
  const found = new Set<Values>();
  seen = found;
  noted = [];
  try {
    tf.tidy(() => {
      run();
    });
  } finally {
    seen = undefined;
  }
  return [...found];
}
