import { createProgram, type CreateProgramOptions } from './create-program.ts';
import type { DefineOptions } from './program.ts';
import type { TensorTree } from './tensor-tree.ts';

/** A compiled function; it owns compiled code. */
export interface CompiledFunction<Inputs extends TensorTree, Outputs extends TensorTree> {
  /** Runs it. The first call with inputs of new shapes compiles. */
  (inputs: Inputs): Promise<Outputs>;
  /** Frees what was compiled. */
  dispose(): void;
}

/**
 * A pure function of tensors as a compiled one: the `tf.function` of TensorFlow.js. For functions with variables, see
 * `createProgram`.
 *
 * @example
 * ```ts
 * const norm = compile(({ x }: { x: tf.Tensor }) => ({ norm: tf.sqrt(tf.sum(tf.square(x))) }));
 * const { norm: length } = await norm({ x: tf.tensor1d([3, 4]) });
 * await length.data(); // => Float32Array [5]
 * ```
 */
export function compile<Inputs extends TensorTree, Outputs extends TensorTree>(
  f: (inputs: Inputs) => Outputs,
  options: DefineOptions & CreateProgramOptions & { readonly name?: string } = {},
): CompiledFunction<Inputs, Outputs> {
  const program = createProgram(options);
  const run = program.define(options.name ?? (f.name || 'compiled'), (_, inputs: Inputs) => ({ outputs: f(inputs) }), {
    ...options,
  });
  return Object.assign((inputs: Inputs) => run(inputs), { dispose: () => program.dispose() });
}
