import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readablePaths } from '../bubblewrap/bubblewrap.ts';
import type { LocalIsolation } from '../local/isolation.ts';
import { launchInFolder } from '../local/folder-launch.ts';
import type { SlotUser } from '../local/slots.ts';
import type { Toolchain } from '../probe/toolchain.ts';
import { seccompFilter } from '../seccomp/filter.ts';
import type { FilterArchitecture } from '../seccomp/syscalls.ts';

/** Truncating files is watched since this version (Linux 6.2); before it, a program could empty the user's files. */
export const leastLandlockVersion = 3;
/** Signals are watched since this version (Linux 6.12). */
const signalVersion = 6;

/**
 * Ordinary processes with landlock and seccomp on them: for machines that allow no namespaces. Files and network of
 * the host are closed; that processes exist and how much they use is to be seen, and limits are watched rather than
 * given by the kernel.
 *
 * @param version of landlock, as `landlockVersion` tells
 */
export function landlockIsolation(
  toolchain: Toolchain,
  architecture: FilterArchitecture,
  version: number,
): LocalIsolation {
  const seccomp = seccompFilter({
    architecture,
    ownNetwork: false,
    ownFiles: false,
    ownProcesses: false,
    ownSignals: version >= signalVersion,
  });
  const system = ['/usr', '/lib', '/lib64', '/bin', '/sbin', '/etc/ld.so.cache', '/etc/alternatives', '/nix/store'];
  return {
    name: 'landlock',
    toolchain,
    confine: {
      seccomp,
      readable: [...system, ...readablePaths(toolchain.python, toolchain.node)],
    },
    countsProcesses: false,
    launch: (_limits, user, boot) => launchInFolder(user, boot),
    close: () => undefined,
  };
}

/** The version of landlock this kernel offers to `user`; 0 = none. */
export async function landlockVersion({ python }: Toolchain, user: SlotUser | null): Promise<number> {
  const script =
    'import ctypes; print(ctypes.CDLL(None).syscall(ctypes.c_long(444), None, ctypes.c_long(0), ctypes.c_long(1)))';
  try {
    const { stdout } = await promisify(execFile)(python.path, ['-I', '-c', script], { env: {}, cwd: '/', ...user });
    return Math.max(0, Number(stdout));
  } catch {
    return 0;
  }
}
