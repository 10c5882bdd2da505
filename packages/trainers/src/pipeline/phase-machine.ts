import { RlloomError } from '@rlloom/spec';

/** Where a pipeline stands. `ready` lies between two steps; the last three are final. */
export type PipelinePhase =
  | 'created'
  | 'ready'
  | 'rollout'
  | 'reward'
  | 'update'
  | 'sync'
  | 'evaluate'
  | 'checkpoint'
  | 'finished'
  | 'stopped'
  | 'failed';

/** Which phase may follow which; anything may end in `failed` or `stopped` before it is final. */
export const transitions: Readonly<Record<PipelinePhase, readonly PipelinePhase[]>> = {
  created: ['ready', 'failed', 'stopped'],
  ready: ['rollout', 'evaluate', 'checkpoint', 'finished', 'failed', 'stopped'],
  // A step the user interrupts before its update is abandoned: nothing has changed yet.
  rollout: ['reward', 'ready', 'failed', 'stopped'],
  reward: ['update', 'ready', 'failed', 'stopped'],
  update: ['sync', 'failed', 'stopped'],
  sync: ['ready', 'failed', 'stopped'],
  evaluate: ['ready', 'failed', 'stopped'],
  checkpoint: ['ready', 'failed', 'stopped'],
  finished: [],
  stopped: [],
  failed: [],
};

/** The phase of a pipeline; a class of its own so that no code path can skip a phase. */
export interface PhaseMachine {
  readonly phase: PipelinePhase;
  /** Moves on; a move that `transitions` does not have is an error. */
  to(next: PipelinePhase): void;
}

/**
 * A machine in phase `created`.
 *
 * @param onTransition told after each move
 * @throws RlloomError `unexpected` from `to` for an illegal transition
 */
export function createPhaseMachine(onTransition?: (from: PipelinePhase, to: PipelinePhase) => void): PhaseMachine {
  let phase: PipelinePhase = 'created';
  return {
    get phase() {
      return phase;
    },
    to(next) {
      if (!transitions[phase].includes(next)) {
        throw new RlloomError('unexpected', {
          what: `illegal pipeline transition ${phase} → ${next}`,
          fix: `from ${phase} a pipeline may go to ${transitions[phase].join(', ') || 'nothing: it has ended'}`,
        });
      }
      const from = phase;
      phase = next;
      onTransition?.(from, next);
    },
  };
}
