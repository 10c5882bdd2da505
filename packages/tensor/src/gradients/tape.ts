import { tf } from '../tf.ts';

/** One recorded operation. */
export type TapeNode = ReturnType<typeof tf.engine>['state']['activeTape'][number];

/** What `f` returned, and the operations it ran; the caller frees both. */
export interface Recording {
  readonly value: tf.Tensor;
  readonly tape: readonly TapeNode[];
}

/**
 * Runs `f` with tfjs recording what its gradient needs. Everything `f` makes is freed, but for its result and what
 * the tape saved. When `f` throws, the saved tensors are freed too (tfjs's own loses them).
 */
export function record(f: () => tf.Tensor): Recording {
  const { state } = tf.engine();
  const tape: TapeNode[] = [];
  const before = state.activeTape;
  state.activeTape = tape;
  state.gradientDepth++;
  try {
    return { value: tf.tidy(f), tape };
  } catch (error) {
    freeTape(tape);
    throw error;
  } finally {
    state.gradientDepth--;
    state.activeTape = before;
  }
}

/** Whether a gradient is being computed around this call, so that its tape must stay. */
export function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

/** Frees what the nodes saved for the gradient. */
export function freeTape(tape: readonly TapeNode[]): void {
  for (const { saved } of tape) tf.dispose(saved ?? []);
}
