import { type ErrorParts, RlloomError } from '@rlloom/spec';
import { type CommandResult, lastLines } from './run-command.ts';

/** What to do when the disk of the cache folder is full. */
export const diskFix =
  'free some 2 GB, or name a folder on another disk in the environment variable RLLOOM_CACHE, then run the same command again: it goes on where it stopped';

/** The error of a command that failed: kind `storage` when it says that the disk is full, else `backend`. */
export function commandError(
  result: CommandResult,
  parts: Required<Pick<ErrorParts, 'what' | 'fix'>>,
  lines = 12,
): RlloomError {
  const what = `${parts.what}:\n${lastLines(result, lines)}`;
  const full = /No space left on device|ENOSPC|Disk quota exceeded/.test(result.stderr);
  return new RlloomError(full ? 'storage' : 'backend', {
    what,
    where: 'rlloom setup',
    fix: full ? diskFix : parts.fix,
  });
}
