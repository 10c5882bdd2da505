import { EventEmitter } from 'node:events';
import type { Metrics, ScoredGroup, Task, TrajectoryGroup } from '@rlloom/spec';
import type { PipelinePhase } from './phase-machine.ts';

/** Every event of a pipeline, with what its listeners get. */
export interface PipelineEventMap {
  phase: [{ readonly step: number; readonly from: PipelinePhase; readonly to: PipelinePhase }];
  tasks: [{ readonly step: number; readonly tasks: readonly Task[] }];
  rollouts: [{ readonly step: number; readonly groups: readonly TrajectoryGroup[] }];
  rewards: [{ readonly step: number; readonly groups: readonly ScoredGroup[] }];
  update: [{ readonly step: number; readonly metrics: Metrics }];
  step: [{ readonly step: number; readonly metrics: Metrics }];
  evaluation: [{ readonly step: number; readonly metrics: Metrics }];
  checkpoint: [{ readonly step: number; readonly directory: string }];
}

/** Typed events that anyone can subscribe to: `events.on('rewards', ({ groups }) => ...)`. */
export type PipelineEvents = EventEmitter<PipelineEventMap>;

/** An emitter without listeners. */
export function createPipelineEvents(): PipelineEvents {
  return new EventEmitter<PipelineEventMap>();
}
