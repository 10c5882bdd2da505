import { createHash } from 'node:crypto';
import { toStorageError } from '@rlloom/spec';
import type * as Cacache from 'cacache';
import { LRUCache } from 'lru-cache';
import type { JudgeAnswer } from './judge-model.ts';

/** Answers that were read once need not be asked for again. */
export interface JudgeCache {
  get(key: string): Promise<JudgeAnswer | undefined>;
  set(key: string, answer: JudgeAnswer): Promise<void>;
}

/** Options of `createJudgeCache`. */
export interface JudgeCacheOptions {
  /** Answers kept in memory, the last used ones. */
  readonly memoryEntries: number;
  /** Folder for answers that outlive the process; `null` = none. Several processes may share one. */
  readonly directory: string | null;
}

/** The key of a question: a hash over everything that the answer depends on. */
export function judgeCacheKey(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).digest('hex');
}

/**
 * A cache in memory, and on disk where a folder is given. A damaged entry on disk counts as absent.
 *
 * @throws RlloomError `storage` from `set` when the folder cannot be written
 */
export function createJudgeCache({ memoryEntries, directory }: JudgeCacheOptions): JudgeCache {
  const memory = new LRUCache<string, JudgeAnswer>({ max: Math.max(1, memoryEntries) });
  let disk: Promise<typeof Cacache> | undefined;
  // Its modules take a while to load, and most runs keep no folder.
  const openDisk = (): Promise<typeof Cacache> => (disk ??= import('cacache'));
  const remember = (key: string, answer: JudgeAnswer): void => {
    if (memoryEntries > 0) memory.set(key, answer);
  };
  // What is damaged would be kept when the same answer is written again.
  const forget = async (key: string): Promise<void> => {
    const cacache = await openDisk();
    const entry = await cacache.get.info(directory!, key).catch(() => null);
    // Absent entries come this way as well.
    if (entry != null) await cacache.rm.content(directory!, entry.integrity).catch(() => undefined);
  };
  return {
    async get(key) {
      const kept = memory.get(key);
      if (kept !== undefined || directory === null) return kept;
      try {
        const { data } = await (await openDisk()).get(directory, key);
        const answer = JSON.parse(data.toString('utf8')) as JudgeAnswer;
        remember(key, answer);
        return answer;
      } catch {
        await forget(key);
        return undefined;
      }
    },
    async set(key, answer) {
      remember(key, answer);
      if (directory === null) return;
      try {
        await (await openDisk()).put(directory, key, JSON.stringify(answer));
      } catch (error) {
        throw toStorageError(error, directory);
      }
    },
  };
}
