import { RlloomError, type ScoredGroup } from '@rlloom/spec';
import { type BufferLog, openBufferLog, readGroups, writeGroups } from './buffer-log.ts';

/** What was collected for a task, and waits for training or for being trained on again. */
export interface BufferedGroup {
  /** Rises in the order groups come. */
  readonly id: number;
  /** Updates that were complete when its collection began: how old it is counts from there. */
  readonly begun: number;
  /** How often it was taken. */
  readonly uses: number;
  /**
   * One; of a team one per agent and conversation. They are given out together. Every token bears the version of the
   * weights that drew it.
   */
  readonly scored: readonly ScoredGroup[];
}

/** Options of `createTrajectoryBuffer`. */
export interface TrajectoryBufferOptions {
  /** Entries it holds; `add` waits when there is no room. */
  readonly maxGroups: number;
  /** How often an entry is given out. Those that never were come first. Default 1. */
  readonly maxUses?: number;
  /** Which of those with as many uses come first: higher before lower, then the older. Default: all alike. */
  readonly priority?: (entry: BufferedGroup) => number;
  /** Why a group is of no use; it is not taken in, and no entry of which nothing is left. Default: all are. */
  readonly filter?: (group: ScoredGroup) => string | undefined;
  /** A file that always says what is in the buffer, read when the buffer is made. Default: memory only. */
  readonly file?: string;
}

/** Counts of entries since the buffer was made. */
export interface BufferStatistics {
  readonly size: number;
  /** Those that were never taken. */
  readonly fresh: number;
  readonly added: number;
  /** Those given out; one that is given out again counts again. */
  readonly taken: number;
  /** Those that were not taken in or thrown out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Groups between those that collect and the one that trains. */
export interface TrajectoryBuffer {
  readonly size: number;
  readonly maxGroups: number;
  /** What is there, oldest first. */
  readonly groups: readonly BufferedGroup[];
  readonly statistics: BufferStatistics;
  /**
   * Takes in what was collected for a task, at least one group; waits for room.
   *
   * @returns `undefined` when the filter keeps all of it out, or `signal` ended the wait
   * @throws RlloomError `storage` when its file cannot be written; then it is not in
   */
  add(
    groups: readonly ScoredGroup[],
    options: { readonly begun: number; readonly signal?: AbortSignal },
  ): Promise<BufferedGroup | undefined>;
  /**
   * Gives out up to `count` entries, the first in order.
   *
   * @param options.rank goes before uses, priority and age: lower first. Default: all alike
   */
  take(
    count: number,
    options?: { readonly rank?: (entry: BufferedGroup) => number },
  ): Promise<readonly BufferedGroup[]>;
  /** Throws entries out, counted under `reason`; gives their number. */
  drop(isDropped: (entry: BufferedGroup) => boolean, reason: string): Promise<number>;
  /** Resolves at the next change of what is in it. */
  changed(): Promise<void>;
  /** Writes what is in it at this moment to another file. */
  save(file: string): Promise<void>;
  /** Takes over what `save` wrote, in place of what is in it. */
  restore(file: string): Promise<void>;
  /** Closes its file; those that wait for room are let go. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * A bounded buffer of scored groups, in memory or with a file beside it. The file is a log of checksummed msgpack frames
 * (`@rlloom/framed-log`): a run killed at any moment finds all groups again that it had not used up, in order, but for one
 * that was being written.
 *
 * @throws RlloomError `config` for bounds below 1; `storage` or `data` for a file that cannot be opened
 * @example
 * ```ts
 * const buffer = await createTrajectoryBuffer({ maxGroups: 64, maxUses: 2 });
 * await buffer.add([{ task: { id: 'a', tag: 'sum', messages: [] }, trajectories: [], results: [], rewards: [] }], { begun: 0 });
 * (await buffer.take(8)).length; // => 1
 * buffer.size; // => 1
 * ```
 */
export async function createTrajectoryBuffer(options: TrajectoryBufferOptions): Promise<TrajectoryBuffer> {
  const { maxGroups, maxUses = 1, priority = () => 0, filter = () => undefined, file } = options;
  for (const [name, value] of Object.entries({ maxGroups, maxUses })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new RlloomError('config', { what: `${name} of a buffer must be a whole number from 1, given ${value}` });
  }
  const opened = file === undefined ? undefined : await openBufferLog(file);
  const log: BufferLog | undefined = opened?.log;
  let groups: BufferedGroup[] = opened?.groups ?? [];
  let nextId = idAfter(groups);
  // Places for groups that are being written to the file.
  let reserved = 0;
  let isClosed = false;
  let added = 0;
  let taken = 0;
  const dropped: Record<string, number> = {};
  const waiting = new Set<() => void>();

  const announce = (): void => {
    const all = [...waiting];
    waiting.clear();
    for (const wake of all) wake();
  };
  const changed = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  const count = (reason: string, number: number): void => {
    if (number > 0) dropped[reason] = (dropped[reason] ?? 0) + number;
  };
  return {
    get size() {
      return groups.length;
    },
    maxGroups,
    get groups() {
      return groups;
    },
    get statistics() {
      const fresh = groups.filter(({ uses }) => uses === 0).length;
      return { size: groups.length, fresh, added, taken, dropped: { ...dropped } };
    },
    async add(collected, { begun, signal }) {
      const reasons = collected.map(filter);
      const useful = collected.filter((_, index) => reasons[index] === undefined);
      if (useful.length === 0) {
        count(reasons[0] ?? 'nothing was collected', 1);
        return undefined;
      }
      while (groups.length + reserved >= maxGroups && signal?.aborted !== true && !isClosed) await changed(signal);
      if (signal?.aborted === true || isClosed) return undefined;
      const entry: BufferedGroup = { id: nextId++, begun, uses: 0, scored: useful };
      reserved += 1;
      try {
        await log?.append({ type: 'add', group: entry });
      } finally {
        reserved -= 1;
      }
      groups = [...groups, entry].sort((a, b) => a.id - b.id);
      added += 1;
      announce();
      return entry;
    },
    async take(number, { rank = () => 0 } = {}) {
      const order = groups
        .map((entry) => ({ entry, rank: rank(entry), priority: priority(entry) }))
        .sort(
          (a, b) =>
            a.rank - b.rank || a.entry.uses - b.entry.uses || b.priority - a.priority || a.entry.id - b.entry.id,
        );
      const given = order.slice(0, number).map(({ entry }) => ({ ...entry, uses: entry.uses + 1 }));
      const byId = new Map(given.map((entry) => [entry.id, entry]));
      groups = groups.flatMap((entry) => {
        const now = byId.get(entry.id) ?? entry;
        return now.uses >= maxUses ? [] : [now];
      });
      taken += given.length;
      announce();
      const isUsedUp = ({ uses }: BufferedGroup): boolean => uses >= maxUses;
      const idsOf = (some: readonly BufferedGroup[]): number[] => some.map(({ id }) => id);
      const [usedUp, used] = [given.filter(isUsedUp), given.filter((entry) => !isUsedUp(entry))];
      if (usedUp.length > 0) await log?.append({ type: 'remove', ids: idsOf(usedUp) });
      if (used.length > 0) await log?.append({ type: 'use', ids: idsOf(used) });
      return given;
    },
    async drop(isDropped, reason) {
      const out = groups.filter(isDropped);
      if (out.length === 0) return 0;
      groups = groups.filter((entry) => !out.includes(entry));
      count(reason, out.length);
      announce();
      await log?.append({ type: 'remove', ids: out.map(({ id }) => id) });
      return out.length;
    },
    changed: () => changed(),
    save: (to) => writeGroups(to, groups),
    async restore(from) {
      groups = await readGroups(from);
      nextId = idAfter(groups);
      await log?.rewrite(groups);
      announce();
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      announce();
      await log?.close();
    },
  };
}

function idAfter(groups: readonly BufferedGroup[]): number {
  return 1 + Math.max(-1, ...groups.map(({ id }) => id));
}
