import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Bytes of memory this process held at the peak of `work`, above those at its start; `undefined` where the system
 * does not tell (other than Linux).
 */
export function peakResident(work: () => void): number | undefined {
  const peak = watchResidentPeak();
  work();
  return peak();
}

/**
 * Watches the memory of this process from now on.
 *
 * @returns a function that tells the bytes held at the peak since then, above those held now; `undefined` where the
 * system does not tell
 */
export function watchResidentPeak(): () => number | undefined {
  try {
    // Sets the peak back to what is held now.
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    return () => undefined;
  }
  const before = resident('VmRSS');
  return () => resident('VmHWM') - before;
}

function resident(field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
