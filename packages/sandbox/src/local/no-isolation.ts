import type { Toolchain } from '../probe/toolchain.ts';
import { launchInFolder } from './folder-launch.ts';
import type { LocalIsolation } from './isolation.ts';

/** Ordinary processes with limits and nothing else: they read and write what their user may. For trusted code. */
export function noIsolation(toolchain: Toolchain): LocalIsolation {
  return {
    name: 'none',
    toolchain,
    confine: null,
    countsProcesses: false,
    launch: (_limits, user, boot) => launchInFolder(user, boot),
    close: () => undefined,
  };
}
