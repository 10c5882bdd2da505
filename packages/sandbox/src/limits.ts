import { RlloomError } from '@rlloom/spec';
import type { SandboxLimits } from './sandbox.ts';

/** The limits of a run that names none. */
export const defaultSandboxLimits: SandboxLimits = {
  wallMs: 10_000,
  cpuSeconds: 10,
  memoryMb: 1024,
  outputBytes: 65_536,
  fileBytes: 64 * 1024 * 1024,
  processes: 32,
};

/** Fills in the defaults. Throws `RlloomError` `config` for a limit that is no positive number. */
export function resolveLimits(limits: Partial<SandboxLimits> = {}): SandboxLimits {
  const resolved = { ...defaultSandboxLimits, ...limits };
  for (const [name, value] of Object.entries(resolved)) {
    if (!Number.isFinite(value) || value <= 0 || value > Number.MAX_SAFE_INTEGER) {
      throw new RlloomError('config', {
        what: `the limit ${name} of a sandbox is ${String(value)}`,
        fix: 'give a positive number',
      });
    }
  }
  return resolved;
}
