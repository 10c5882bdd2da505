import type { GraphDef } from '../graph/graph-proto.ts';
import type { tf } from '../../tf.ts';

/** A tensor and the place in the graph where it goes in. */
export interface Feed {
  /** `node:0` */
  readonly name: string;
  readonly tensor: tf.Tensor;
}

/** Runs a graph that grows. Its variables live in it. */
export interface ProgramSession {
  /** Adds operations and functions. What is there stays, and variables keep their values. */
  extend(graph: GraphDef): void;
  /** The values of `fetches` (`node:0`); the caller owns them. */
  run(feeds: readonly Feed[], fetches: readonly string[]): Promise<tf.Tensor[]>;
  /** As `run`, at once. */
  runNow(feeds: readonly Feed[], fetches: readonly string[]): tf.Tensor[];
  /** Frees the graph and its variables. Calling it again does nothing. */
  close(): void;
}

/** The places of a variable in the graph: reading it, and giving it a value. */
export interface VariablePlaces {
  readonly read: string;
  readonly value: string;
  readonly assigned: string;
}
