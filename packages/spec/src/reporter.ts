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
  onRunStart?(info: RunInfo): void | Promise<void>;
  /** `done`/`total` count work inside the phase. */
  onPhase?(event: { readonly step: number; readonly phase: Phase; readonly done: number; readonly total: number }): void;
  onStepEnd?(event: { readonly stage: string; readonly step: number; readonly metrics: Metrics; readonly seconds: number }): void | Promise<void>;
  onSamples?(event: { readonly stage: string; readonly step: number; readonly groups: readonly ScoredGroup[] }): void | Promise<void>;
  onEvaluation?(event: { readonly stage: string; readonly step: number; readonly metrics: Metrics; readonly groups: readonly ScoredGroup[] }): void | Promise<void>;
  onCheckpoint?(event: { readonly stage: string; readonly step: number; readonly directory: string }): void | Promise<void>;
  onMessage?(event: { readonly level: 'info' | 'warning'; readonly text: string }): void;
  onRunEnd?(event: { readonly status: 'finished' | 'stopped' | 'failed'; readonly step: number; readonly error?: unknown; readonly summary: Metrics }): void | Promise<void>;
}
