import type { Metrics } from '@rlloom/spec';

/** What became of groups that were begun: every one is in one of the counts, or still running. */
export interface RolloutCounts {
  readonly begun: number;
  /** Went into the buffer. */
  readonly finished: number;
  /** Kept out by the filter. */
  readonly filtered: number;
  /** Ended early; their tasks wait to be begun again. */
  readonly returned: number;
  /** Ended by an error; their tasks wait to be begun again. */
  readonly failed: number;
}

/** Counts and times of rollouts beside training. */
export interface RolloutTally {
  readonly counts: RolloutCounts;
  count(what: keyof RolloutCounts): void;
  /** Time from now on counts as this. */
  enter(state: 'collecting' | 'held back' | 'idle'): void;
  /** Adds time that training waited for groups. */
  waitedForGroups(seconds: number): void;
  /** Ages of groups that were taken, in updates. */
  taken(ages: readonly number[]): void;
  /** What was counted and measured since the last call. */
  take(): Metrics;
}

/** A tally of nothing; `now` gives milliseconds. */
export function createRolloutTally(now: () => number = () => performance.now()): RolloutTally {
  const counts = { begun: 0, finished: 0, filtered: 0, returned: 0, failed: 0 };
  let before = { ...counts };
  let seconds = { collecting: 0, 'held back': 0, idle: 0 };
  let state: keyof typeof seconds = 'idle';
  let since = now();
  let waited = 0;
  let ages: readonly number[] = [];
  const enter = (next: keyof typeof seconds): void => {
    const time = now();
    seconds[state] += (time - since) / 1000;
    since = time;
    state = next;
  };
  return {
    get counts() {
      return { ...counts };
    },
    count(what) {
      counts[what] += 1;
    },
    enter,
    waitedForGroups(more) {
      waited += more;
    },
    taken(more) {
      ages = [...ages, ...more];
    },
    take() {
      enter(state);
      const whole = seconds.collecting + seconds['held back'] + seconds.idle;
      const metrics: Metrics = {
        ...(ages.length > 0 && {
          'staleness/mean': ages.reduce((sum, age) => sum + age, 0) / ages.length,
          'staleness/max': Math.max(...ages),
        }),
        'rollout/groups_begun': counts.begun - before.begun,
        'rollout/groups_finished': counts.finished - before.finished,
        'rollout/groups_filtered': counts.filtered - before.filtered,
        'rollout/groups_returned': counts.returned - before.returned,
        'rollout/groups_failed': counts.failed - before.failed,
        'rollout/utilisation': whole === 0 ? 0 : seconds.collecting / whole,
        'timing/wait_for_data_seconds': waited,
        'timing/wait_for_trainer_seconds': seconds['held back'],
      };
      before = { ...counts };
      seconds = { collecting: 0, 'held back': 0, idle: 0 };
      waited = 0;
      ages = [];
      return metrics;
    },
  };
}
