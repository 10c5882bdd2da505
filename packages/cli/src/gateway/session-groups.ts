import type { SessionRecord } from '@rlloom/rollout/gateway';
import type { TrajectoryGroup } from '@rlloom/spec';

/** Puts ended sessions of a rollout together. */
export interface SessionGroups {
  /** A group, when this session makes it whole. */
  add(record: SessionRecord): TrajectoryGroup | undefined;
  /** The groups that never became whole. */
  rest(): readonly TrajectoryGroup[];
}

/** Groups of `groupSize` attempts; the oldest is given up where more than `most` are begun. */
export function createSessionGroups(groupSize: number, most: number): SessionGroups {
  const begun = new Map<string, SessionRecord[]>();
  const groupOf = (records: readonly SessionRecord[]): TrajectoryGroup => ({
    task: records[0]!.task,
    trajectories: records.flatMap(({ trajectories }) => trajectories),
  });
  const take = (rolloutId: string): TrajectoryGroup => {
    const records = begun.get(rolloutId)!;
    begun.delete(rolloutId);
    return groupOf(records);
  };
  return {
    add(record) {
      const records = begun.get(record.rolloutId) ?? [];
      begun.set(record.rolloutId, [...records, record]);
      if (records.length + 1 >= groupSize) return take(record.rolloutId);
      return begun.size > most ? take(begun.keys().next().value as string) : undefined;
    },
    rest: () => [...begun.keys()].map(take),
  };
}
