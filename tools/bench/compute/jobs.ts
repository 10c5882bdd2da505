import type { Effort, Repetition } from './repetitions.ts';
import type { Shape, SizeName } from './shapes.ts';

/** What can be timed in a process of its own: by us, and by the peer's script (`handloop`: by the peer only). */
export type JobName = 'generate' | 'handloop' | 'update' | 'trl' | 'gemm' | 'copy';

/** One thing to time. */
export interface Job {
  readonly job: JobName;
  readonly shape: Shape;
  /** Where the shape is a size of the peer's script, its name there: the two are compared. */
  readonly size?: SizeName;
  /** What a sweep varies, and its value here. */
  readonly sweep?: { readonly name: string; readonly value: number };
  readonly effort: Effort;
}

/** What came of a job. */
export interface JobResult {
  readonly job: JobName;
  readonly shape: Shape;
  readonly sweep?: Job['sweep'];
  /** The first call, which compiles. */
  readonly firstSeconds: number | null;
  readonly repetitions: readonly Repetition[];
  /** The most memory the process held, above what it held when the model was there; `null` where that is not known. */
  readonly peakBytes: number | null;
}

/** How our programs run. */
export interface ProgramChoice {
  /** As compiled graphs, or operation by operation. */
  readonly compiled: boolean;
  /** Type in which an update computes products of matrices. */
  readonly products: 'float32' | 'bfloat16';
}

/** What a process for jobs is told. */
export interface ChildRequest extends ProgramChoice {
  readonly jobs: readonly Job[];
  readonly backend: string;
  readonly threads: number;
  /** Of `trl`: the tokenizer of both sides. */
  readonly tokenizerDirectory: string;
}

/** What it answers. */
export interface ChildReport {
  /** Names and versions of what computed. */
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly JobResult[];
  /** Why there are no results, or not all. */
  readonly failed?: string;
}
