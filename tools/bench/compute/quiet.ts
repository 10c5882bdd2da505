import { readFileSync } from 'node:fs';

/** Cores that others may use during a repetition that counts; the peer's script has the same limit. */
export const quietLimit = 0.15;

// The kernel counts in hundredths of a second towards programs, whatever its own clock.
const ticksPerSecond = 100;

/**
 * Core-seconds since the start of the machine that were spent on something, from the text of /proc/stat: user, nice,
 * system, interrupts and what a hypervisor took.
 *
 * @returns `undefined` for a text without the line of all cores
 */
export function busySeconds(stat: string): number | undefined {
  const line = /^cpu\s+(.*)$/m.exec(stat)?.[1];
  if (line === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = line
    .trim()
    .split(/\s+/)
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts + stolen) / ticksPerSecond;
}

/** What all processes and this one have used of the cores, at a moment. */
export interface CoreUse {
  /** `undefined` where the system does not tell (other than Linux). */
  readonly busySeconds: number | undefined;
  readonly ownSeconds: number;
  readonly atSeconds: number;
}

/** Now. */
export function coreUse(): CoreUse {
  const { user, system } = process.cpuUsage();
  return {
    busySeconds: busySeconds(readStat()),
    ownSeconds: (user + system) / 1e6,
    atSeconds: performance.now() / 1000,
  };
}

/** Cores that other processes used between two moments, on average; `null` where the system does not tell. */
export function othersBetween(from: CoreUse, to: CoreUse): number | null {
  if (from.busySeconds === undefined || to.busySeconds === undefined) return null;
  const others = to.busySeconds - from.busySeconds - (to.ownSeconds - from.ownSeconds);
  return Math.max(0, others) / Math.max(to.atSeconds - from.atSeconds, 1e-6);
}

/** Waits until others leave the cores alone for half a second. @returns the seconds it took, at most about `patience` */
export async function waitForQuiet(patience: number): Promise<number> {
  const start = performance.now() / 1000;
  const waited = () => performance.now() / 1000 - start;
  while (waited() < patience) {
    const from = coreUse();
    if (from.busySeconds === undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
    if ((othersBetween(from, coreUse()) ?? 0) < quietLimit) break;
  }
  return waited();
}

function readStat(): string {
  try {
    return readFileSync('/proc/stat', 'utf8');
  } catch {
    return '';
  }
}
