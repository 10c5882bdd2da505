import type { tf } from '../../../tf.ts';

/** A call takes no more than seven tensors; those that it does not name are not there. */
export type GivenTensors = [T, T, T, T, T, T, T];

type T = tf.Tensor;

/** A call that runs a kernel of tfjs, on inputs that are made anew each time. */
export interface KernelCall {
  /** The kernel that the call is there for; it may run others beside. */
  readonly kernel: string;
  /** What is particular about it; unique together with the kernel. */
  readonly name: string;
  /** Tensors; made with the backend active on which the call runs. */
  readonly inputs: () => tf.Tensor[];
  /** Given as many tensors as `inputs` makes. */
  readonly call: (...inputs: GivenTensors) => tf.Tensor | tf.Tensor[];
  /** Whether it has a gradient for its float32 inputs. */
  readonly gradient: boolean;
  /** Its result cannot be compiled: an operation that is refused. */
  readonly refused: boolean;
}

/** What holds of few calls; default false. */
export interface CallExtras {
  readonly gradient?: boolean;
  readonly refused?: boolean;
}

type Entry<Titles, Calls> = [titles: Titles, inputs: KernelCall['inputs'], calls: Calls, extras?: CallExtras];

/** An entry of the table of calls. */
export function kernelCall(
  ...[title, inputs, call, extras = {}]: Entry<readonly [kernel: string, name: string], KernelCall['call']>
): KernelCall {
  const [kernel, name] = title;
  return { kernel, name, inputs, call, gradient: false, refused: false, ...extras };
}

/** Functions of the same inputs, each named by its kernel. */
export function callsOnSame(
  ...[name, inputs, functions, extras]: Entry<string, Readonly<Record<string, KernelCall['call']>>>
): KernelCall[] {
  return Object.entries(functions).map(([kernel, call]) => kernelCall([kernel, name], inputs, call, extras));
}

/** The gradient is taken too. */
export const withGradient: CallExtras = { gradient: true };
