import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The user a run belongs to; `null` = the user of this process. */
export interface SlotUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * A user for a slot when this process is root, else `null`. Limits on processes count per user, and root has none at
 * all, so every slot gets a user of its own that nobody else has.
 *
 * Not from a seed: two programs on one machine must not meet, and no result depends on the number.
 */
export function slotUser(): SlotUser | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return null;
  const ids = Math.min(mappedIds('/proc/self/uid_map'), mappedIds('/proc/self/gid_map'));
  if (ids < 2) return null;
  const first = ids > 1_500_000_000 ? 1_000_000_000 : Math.floor(ids / 2);
  const id = randomInt(first, Math.min(ids, 2_000_000_000));
  return { uid: id, gid: id };
}

/** How many ids from 0 on exist here: a container may have no more than 65,536. */
function mappedIds(path: string): number {
  try {
    const ranges = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number));
    const fromZero = ranges.find(([inside]) => inside === 0);
    return fromZero?.[2] ?? 0;
  } catch {
    return 0;
  }
}
