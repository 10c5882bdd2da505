import { RlloomError } from '@rlloom/spec';
import {
  type NativeKind,
  type PinnedPackage,
  type PinnedWheel,
  pinnedPackages,
  pinnedWheels,
} from './pinned-versions.ts';
import { sessionSource } from './tensorflow-session.ts';

/** All that provisioning needs to know before it starts: what to fetch and compile, for which machine. */
export interface NativePlan {
  readonly kind: NativeKind;
  readonly platform: string;
  readonly arch: string;
  readonly packages: readonly PinnedPackage[];
  readonly wheel: PinnedWheel;
  /** The C++ file of the addon described in tensorflow-session.ts. */
  readonly sessionSource: string;
}

/** The machine to provision for. */
export interface Machine {
  /** As `process.platform`. */
  readonly platform: string;
  /** As `process.arch`. */
  readonly arch: string;
  /** The C library's version, or undefined where it is not the GNU one. */
  readonly glibc: string | undefined;
}

/** The machine this process runs on. */
export function thisMachine(): Machine {
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: report.header.glibcVersionRuntime };
}

/** Why no native library can be provisioned for `machine`, or undefined if one can. */
export function whyUnsupported(kind: NativeKind, machine: Machine): string | undefined {
  const name = `${machine.platform}-${machine.arch}`;
  if (pinnedWheels[kind][name] === undefined) {
    return `there is no TensorFlow ${kind} library for ${name} (only for ${Object.keys(pinnedWheels[kind]).join(', ')})`;
  }
  if (machine.platform === 'linux' && !isGlibcEnough(machine.glibc)) {
    return `TensorFlow's Linux library needs the GNU C library 2.27 or newer, here is ${machine.glibc ?? 'another C library'}`;
  }
  return undefined;
}

/**
 * The pinned packages and wheel for a kind and machine.
 *
 * @throws RlloomError kind `backend` on a machine that TensorFlow has no library for
 */
export function nativePlan(kind: NativeKind, machine: Machine = thisMachine()): NativePlan {
  const { platform, arch } = machine;
  const wheel = pinnedWheels[kind][`${platform}-${arch}`];
  const reason = whyUnsupported(kind, machine);
  if (wheel === undefined || reason !== undefined) {
    throw new RlloomError('backend', {
      what: reason ?? 'this machine is not supported',
      fix:
        kind === 'gpu'
          ? 'take --backend cpu, or --backend webgpu for other graphics cards'
          : 'take the built-in --backend wasm, or install @tensorflow/tfjs-node yourself (on Windows, WSL 2 is a Linux machine)',
    });
  }
  return { kind, platform, arch, packages: pinnedPackages, wheel, sessionSource };
}

function isGlibcEnough(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 27);
}
