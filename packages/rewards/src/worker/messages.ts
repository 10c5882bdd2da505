import type { RewardRequest, RewardResult } from '@rlloom/spec';
import type { BuiltInKindName } from '../reward-kinds.ts';

/** How one part of a reward is made in the thread. */
export type RewardSource =
  | { readonly type: BuiltInKindName; readonly options: unknown }
  | {
      readonly type: 'module';
      /** Absolute. */
      readonly file: string;
      readonly export: string;
      readonly options: Readonly<Record<string, unknown>>;
    };

/** One part of a domain's reward. */
export interface PartPlan {
  readonly name: string;
  readonly weight: number;
  readonly verifies: boolean;
  readonly source: RewardSource;
}

/** One domain. */
export interface DomainPlan {
  readonly name: string;
  readonly parts: readonly PartPlan[];
}

/** What every thread gets when it starts: plain data. */
export interface WorkerPlan {
  readonly domains: readonly DomainPlan[];
  readonly onPartFailure: 'fail-sample' | 'drop-part';
  readonly timeoutMs: number;
}

/** A sample to score. */
export interface SampleJob {
  /** Index in `WorkerPlan.domains`. */
  readonly domain: number;
  readonly request: RewardRequest;
}

/** Asks a thread to load everything (`prepare`) or to score. */
export type WorkerTask =
  | { readonly kind: 'prepare' }
  | { readonly kind: 'score'; readonly samples: readonly SampleJob[]; readonly clock: SharedArrayBuffer };

/** Why a sample has no verdict although its reward was asked. */
export type SampleFailure = 'timeout' | 'memory' | 'crash' | 'error';

/** What came of one sample. */
export interface SampleOutcome {
  readonly result: RewardResult;
  readonly milliseconds: number;
  /** Set where a part failed; also when the other parts gave a reward. */
  readonly failure?: SampleFailure;
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
  | { readonly kind: 'scored'; readonly outcomes: readonly SampleOutcome[] };
