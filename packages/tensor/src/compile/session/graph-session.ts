import type { tf } from '../../tf.ts';

/** A tensor and the output in the graph whose place it takes: `node`, or `node:1` for its output 1. */
export interface GraphFeed {
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/**
 * A TensorFlow session whose graph grows. Its variables live as long as it is open.
 *
 * A variable is identified by `container` and `shared_name` of its `VarHandleOp`, so every GraphDef can be complete in
 * itself: it declares the variables it uses once more, under new node names.
 */
export interface GraphSession {
  /** Whether tensors of a type can be fed and fetched. */
  readonly carries: (dtype: tf.DataType) => boolean;
  /**
   * Adds the nodes and functions of a serialized `GraphDef`. What is there stays: variables keep their values, what has
   * been compiled stays compiled. A node cannot refer to one of an earlier call, and its name must be new; a function may be given
   * again if it is the same. A graph that is refused leaves no nodes behind.
   */
  extend(graphDef: Uint8Array): void;
  /**
   * Runs `targets` (names of nodes) and what `fetches` need, off the event loop. Several runs may be under way; each occupies
   * a thread of libuv's pool (4, or `UV_THREADPOOL_SIZE`), the others wait.
   *
   * @returns the values of `fetches`, on the active backend; the caller owns them
   */
  run(feeds: readonly GraphFeed[], fetches: readonly string[], targets?: readonly string[]): Promise<tf.Tensor[]>;
  /** As `run`, but in the calling thread, which waits. */
  runNow(feeds: readonly GraphFeed[], fetches: readonly string[], targets?: readonly string[]): tf.Tensor[];
  /** Waits for what is running, then frees graph and variables. From the call on nothing else is taken; again is the same. */
  close(): Promise<void>;
}
