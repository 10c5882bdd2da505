import type { RewardRequest, RewardResult } from '@rlloom/spec';
import type { BuiltInKindName } from '../reward-kinds.ts';
import type { ChunkMessage } from './chunk-message.ts';

/** How one part of a reward is made in a thread. */
export type RewardSource =
  | { readonly type: BuiltInKindName; readonly options: unknown }
  | {
      readonly type: 'module';
      /** Absolute. */
      readonly file: string;
      readonly export: string;
      readonly options: Readonly<Record<string, unknown>>;
    };

/** One part of a unit. */
export interface UnitPart<Source = RewardSource> {
  readonly name: string;
  readonly source: Source;
}

/** Parts of one domain that are scored by one job: they share place, scope and deadline. */
export interface UnitPlan<Source = RewardSource> {
  readonly domain: string;
  /** A job scores one response, or all responses to a task. */
  readonly scope: 'sample' | 'group';
  readonly timeoutMs: number;
  readonly parts: readonly UnitPart<Source>[];
}

/** What every thread of a cluster gets when it starts: plain data. */
export interface WorkerPlan {
  readonly units: readonly UnitPlan[];
  /** Jobs in flight in one thread. With more than one, a job that only waits ends without its thread. */
  readonly concurrency: number;
}

/** Something to score. */
export interface Job {
  /** Index in `WorkerPlan.units`. */
  readonly unit: number;
  /** One, or all of a task for a unit of scope `group`. */
  readonly requests: readonly RewardRequest[];
}

/** Asks a thread to load everything (`prepare`) or to score. */
export type WorkerTask =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'score'; readonly chunk: ChunkMessage; readonly clock: SharedArrayBuffer };

/** What one part made of one response; a failure is `null` where another part's failure says why. */
export type PartAnswer = RewardResult | { readonly failure: string | null };

/** Why a job has no verdicts although its rewards were asked. */
export type JobFailure = 'timeout' | 'memory' | 'crash' | 'error';

/** What came of one job. */
export interface JobOutcome {
  /** By part of the unit, then by request of the job. */
  readonly answers: readonly (readonly PartAnswer[])[];
  readonly milliseconds: number;
  /** Set where a part failed; also when the other parts gave a result. */
  readonly failure?: JobFailure;
  /** Its time ran out while another job blocked their thread: it deserves another try. */
  readonly disturbed?: boolean;
}

/** A part that could not be made. */
export interface PrepareProblem {
  readonly domain: string;
  readonly part: string;
  readonly message: string;
}

/** What a thread answers. */
export type WorkerAnswer =
  | { readonly kind: 'prepared'; readonly problem: PrepareProblem | undefined }
  | { readonly kind: 'scored'; readonly outcomes: readonly JobOutcome[] };
