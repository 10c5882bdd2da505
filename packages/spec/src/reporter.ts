import type { Metrics } from './policy.ts';
import type { ScoredGroup } from './trajectory.ts';

/** A phase of a step, for progress and timing. */
export type Phase =
  | 'sft'
  | 'rollout'
  | 'reward'
  | 'reference'
  | 'advantage'
  | 'update'
  | 'sync'
  | 'evaluate'
  | 'checkpoint';

/**
 * What a stage tells about itself when it starts. A run has one or more stages (`sft`, then `rlvr`); each is
 * announced by its own `onRunStart` and closed by its own `onRunEnd`.
 */
export interface RunInfo {
  readonly name: string;
  readonly directory: string;
  readonly stage: string;
  /**
   * Stages that are already complete. A reporter that appends to files keeps what it wrote for these and for
   * `stage` up to `startStep`, and drops the rest: that is what an interrupted run wrote after its checkpoint.
   */
  readonly completedStages: readonly string[];
  readonly totalSteps: number;
  /** The step the stage starts after: 0, or the step of the checkpoint it resumes from. */
  readonly startStep: number;
  readonly config: unknown;
}

/**
 * Listens to a run. All hooks are optional; a reporter that throws is reported and switched off, the run goes on.
 * Order: `onRunStart` → (`onPhase*` → `onStepEnd` → `onSamples?` → `onEvaluation?` → `onCheckpoint?`)* → `onRunEnd`.
 */
export interface Reporter {
  readonly name: string;
  /** A stage begins, or goes on after `startStep`. */
  onRunStart?(info: RunInfo): void | Promise<void>;
  /** `done`/`total` count work inside the phase. */
  onPhase?(event: {
    readonly step: number;
    readonly phase: Phase;
    readonly done: number;
    readonly total: number;
  }): void;
  /** A step is complete: its metrics, and its wall time in seconds. */
  onStepEnd?(event: {
    readonly stage: string;
    readonly step: number;
    readonly metrics: Metrics;
    readonly seconds: number;
  }): void | Promise<void>;
  /** The scored groups of a training step. */
  onSamples?(event: {
    readonly stage: string;
    readonly step: number;
    readonly groups: readonly ScoredGroup[];
  }): void | Promise<void>;
  /** The held-out tasks were scored; `groups` has one greedy sample per task. */
  onEvaluation?(event: {
    readonly stage: string;
    readonly step: number;
    readonly metrics: Metrics;
    readonly groups: readonly ScoredGroup[];
  }): void | Promise<void>;
  /** A checkpoint is complete on disk. */
  onCheckpoint?(event: {
    readonly stage: string;
    readonly step: number;
    readonly directory: string;
  }): void | Promise<void>;
  /** Something a person should read. */
  onMessage?(event: { readonly level: 'info' | 'warning'; readonly text: string }): void;
  /** The stage is over: all its steps are done, it was interrupted, or it failed with `error`. */
  onRunEnd?(event: {
    readonly status: 'finished' | 'stopped' | 'failed';
    readonly step: number;
    readonly error?: unknown;
    readonly summary: Metrics;
  }): void | Promise<void>;
}
