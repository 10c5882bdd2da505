import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Bytes of memory this process held at the peak of `work`, above those at its start; `undefined` where the system
 * does not tell (other than Linux).
 */
export function peakResident(work: () => void): number | undefined {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    work();
    return undefined;
  }
  const before = resident('VmRSS');
  work();
  return resident('VmHWM') - before;
}

function resident(field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
