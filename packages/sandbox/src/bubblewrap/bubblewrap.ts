import { execFile } from 'node:child_process';
import { closeSync, lstatSync, mkdtempSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Launch, LocalIsolation } from '../local/isolation.ts';
import { programEnvironment } from '../local/environment.ts';
import type { Toolchain } from '../probe/toolchain.ts';
import type { SandboxLimits } from '../sandbox.ts';
import { seccompFilter } from '../seccomp/filter.ts';
import type { FilterArchitecture } from '../seccomp/syscalls.ts';

/**
 * Namespaces of its own for every run, by bubblewrap: no network, no process and no file of the host but the system's
 * read-only folders. Nested namespaces are refused by the filter and not by `--disable-userns`, which takes 9 ms.
 */
export function bubblewrapIsolation(
  path: string,
  toolchain: Toolchain,
  architecture: FilterArchitecture,
): LocalIsolation {
  const filter = anonymousFile(
    seccompFilter({ architecture, ownNetwork: true, ownFiles: true, ownProcesses: true, ownSignals: true }),
  );
  const system = systemArguments();
  // After the folder is mounted: an environment of Python may lie below it.
  const interpreters = readablePaths(toolchain.python, toolchain.node).flatMap((path) => ['--ro-bind', path, path]);
  const folder = '/tmp';
  const environment = Object.entries(programEnvironment(folder)).flatMap(([name, value]) => ['--setenv', name, value]);
  return {
    name: 'bubblewrap',
    toolchain,
    confine: null,
    countsProcesses: true,
    launch(limits, _user, boot): Launch {
      // A description of its own for every run: bwrap reads from where the last reader stopped.
      const descriptor = openSync(`/proc/self/fd/${filter}`, 'r');
      const room = sizes(limits);
      const args = [
        ...['--unshare-all', '--unshare-user', '--die-with-parent', '--new-session', '--as-pid-1'],
        ...['--uid', '1000', '--gid', '1000', '--hostname', 'sandbox'],
        ...system,
        ...['--proc', '/proc', '--dev', '/dev', '--size', room, '--tmpfs', '/dev/shm', '--remount-ro', '/dev'],
        ...['--size', room, '--tmpfs', folder, ...interpreters, '--remount-ro', '/', '--chdir', folder],
        ...['--clearenv', ...environment, '--cap-drop', 'ALL', '--seccomp', '4', '--', ...boot],
      ];
      return {
        file: path,
        args,
        folder,
        descriptors: [descriptor],
        started: () => closeSync(descriptor),
        ended: async () => undefined,
      };
    },
    close: () => closeSync(filter),
  };
}

/** The version of the program at `path`, or `null` when it does not start. */
export async function bubblewrapVersion(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version']);
    return stdout.trim().split(' ').at(-1) ?? '';
  } catch {
    return null;
  }
}

/** Bytes of a file system, in whole pages. */
function sizes({ fileBytes }: SandboxLimits): string {
  return String(Math.max(1, Math.ceil(fileBytes / 4096)) * 4096);
}

/** The read-only part of what a program sees. */
function systemArguments(): string[] {
  const args = ['--ro-bind', '/usr', '/usr'];
  for (const name of ['lib', 'lib64', 'lib32', 'libx32', 'bin', 'sbin']) {
    const status = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (status?.isSymbolicLink()) args.push('--symlink', readlinkSync(`/${name}`), `/${name}`);
    else if (status?.isDirectory()) args.push('--ro-bind', `/${name}`, `/${name}`);
  }
  for (const path of ['/etc/ld.so.cache', '/etc/alternatives', '/nix/store', '/gnu/store']) {
    args.push('--ro-bind-try', path, path);
  }
  return args;
}

/** What the interpreters need beside the system's folders. */
export function readablePaths(python: Toolchain['python'], node: Toolchain['node']): string[] {
  const wanted = [...python.folders, python.path, ...python.searchPath, ...(node === null ? [] : [node.path])];
  const chosen: string[] = [];
  for (const path of wanted.toSorted((a, b) => a.length - b.length)) {
    const covered = ['/usr', ...chosen].some((above) => path === above || path.startsWith(`${above}/`));
    if (!covered && path !== '/') chosen.push(path);
  }
  return chosen;
}

/** A descriptor of a file that has no name any more. */
function anonymousFile(data: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), 'rlloom-filter-'));
  const path = join(folder, 'filter');
  writeFileSync(path, data);
  const descriptor = openSync(path, 'r');
  rmSync(folder, { recursive: true });
  return descriptor;
}
