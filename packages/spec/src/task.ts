import type { Message } from './message.ts';

/** The reference answer of a task with a checkable result. */
export interface GroundTruth {
  /** What the final answer must equal, as written in the record, e.g. `"24"` or `"\\frac{1}{2}"`. */
  readonly finalAnswer: string;
  /** The steps of a reference solution, if the record has them. */
  readonly steps?: readonly string[];
}

/** One input/output case of a programming task. */
export interface TestCase {
  readonly input: string;
  readonly expectedOutput: string;
}

/** Where a task was read from, so that every later message can name it. */
export interface TaskSource {
  readonly file: string;
  /** 1-based line (JSONL) or 1-based index in the array (JSON). */
  readonly line: number;
}

/**
 * One training or evaluation record. On disk the keys are snake_case (`ground_truth`, `test_cases`, ...);
 * `@rlloom/data` reads them into this shape.
 */
export interface Task {
  /** Unique within its data set. */
  readonly id: string;
  readonly messages: readonly Message[];
  /** The domain; rewards are routed by it. */
  readonly tag: string;
  /** Any scale, larger is harder; used by filters and curricula. */
  readonly difficulty?: number;
  readonly groundTruth?: GroundTruth;
  readonly testCases?: readonly TestCase[];
  readonly caseType?: string;
  readonly evaluationCriteria?: string;
  /** Paths or data URLs of images the messages refer to. */
  readonly images?: readonly string[];
  /** Fields the record had beyond the format; kept, and read by the parts that know them, e.g. `tools`: `taskTools`. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly source?: TaskSource;
}
