import type { ParameterTree } from '../parameter-tree.ts';
import type { tf } from '../tf.ts';
import type { VariableSpec } from './program-variables.ts';
import type { TensorTree } from './tensor-tree.ts';

/**
 * What the body of a program's function returns: what the caller gets, and new values of variables. A variable that is
 * not in `updates` stays as it is.
 */
export interface BodyResult<Outputs extends TensorTree> {
  readonly outputs: Outputs;
  readonly updates?: ParameterTree;
}

/**
 * A function of a program: pure, over the variables and the inputs. It may run once, without numbers behind the
 * tensors, to be recorded: no read-back of a value (`dataSync`, `array`), no `await`, no branch on a value, and a number
 * of JavaScript that changes from call to call must be an input, since it would be recorded as it is.
 */
export type ProgramBody<Inputs extends TensorTree, Outputs extends TensorTree> = (
  variables: ParameterTree,
  inputs: Inputs,
) => BodyResult<Outputs>;

/** How a function is compiled. Nothing of it changes what is computed, but for rounding. */
export interface DefineOptions {
  /** Compile with XLA, which fuses what lies between matrix products: faster for loops of small steps. Default false. */
  readonly xla?: boolean;
  /**
   * Type in which products of matrices are computed; their inputs and results, and all else, stay float32. Default
   * `float32`.
   */
  readonly products?: 'float32' | 'bfloat16';
}

/** Calls a function of a program. Inputs stay the caller's, and so do the outputs. */
export type ProgramFunction<Inputs extends TensorTree, Outputs extends TensorTree> = (
  inputs: Inputs,
) => Promise<Outputs>;

/** What has been compiled so far. */
export interface ProgramStatistics {
  /** How many functions were recorded and compiled: one per function and signature of its inputs. */
  readonly compilations: number;
  /** Seconds that recording took. */
  readonly tracingSeconds: number;
}

/**
 * Variables and functions over them, compiled where the backend can. With the native backend a function is recorded
 * once per signature (shapes and types) of its inputs and runs as a TensorFlow graph whose variables stay inside, shared
 * by all functions. On other backends the same functions run operation by operation, with the same numbers.
 */
export interface Program {
  readonly kind: 'graph' | 'eager';
  readonly statistics: ProgramStatistics;
  /** Rises with every call that changed a variable: what was read at another version may be old. */
  readonly version: number;

  /** The version at which one of these variables was last changed. */
  versionOf(names: readonly string[]): number;

  /**
   * Adds variables with their first values; the tensors stay the caller's.
   *
   * @throws RlloomError kind `unexpected` for a name that there is already
   */
  addVariables(initial: ParameterTree): void;

  /**
   * Adds variables whose first values are computed from those that there are, where they lie: nothing of them crosses
   * into JavaScript.
   *
   * @param compute pure, as the body of a function; what it returns is taken over. May run twice.
   * @throws RlloomError kind `unexpected` for a name that there is already
   */
  initializeVariables(compute: (variables: ParameterTree) => ParameterTree): void;

  /**
   * Adds variables without a value, and without memory in a graph: a function gives them one before anything reads them.
   *
   * @throws RlloomError kind `unexpected` for a name that there is already
   */
  declareVariables(specs: Readonly<Record<string, VariableSpec>>): void;

  /**
   * Frees variables; functions that use them cannot be called until variables of the same names, shapes and types are
   * added again.
   */
  removeVariables(names: readonly string[]): void;

  /**
   * A function over the variables and its inputs.
   *
   * @param name for error messages and profiles
   */
  define<Inputs extends TensorTree, Outputs extends TensorTree>(
    name: string,
    body: ProgramBody<Inputs, Outputs>,
    options?: DefineOptions,
  ): ProgramFunction<Inputs, Outputs>;

  /** What variables hold now; the tensors are the caller's and do not change with the variables. Default: all. */
  read(names?: readonly string[]): Record<string, tf.Tensor>;

  /**
   * Gives variables new values; the tensors stay the caller's.
   *
   * @throws RlloomError kind `unexpected` for an unknown name or another shape; then nothing has changed
   */
  write(values: ParameterTree): void;

  /** Frees variables and compiled code. Calling it again does nothing. */
  dispose(): void;
}
