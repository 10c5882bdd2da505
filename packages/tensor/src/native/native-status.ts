import { findInstalledPackage, type InstalledPackage } from './find-installed-package.ts';
import { findTools } from './find-tools.ts';
import { findDamage, readManifest, totalBytes } from './manifest.ts';
import { nativeDirectory } from './native-directory.ts';
import { thisMachine, whyUnsupported } from './native-plan.ts';
import { hasNvidiaDevice } from './nvidia-device.ts';
import type { NativeKind } from './pinned-versions.ts';
import { findSessionFile } from './tensorflow-session.ts';

/** What `rlloom setup` has left in the cache folder for one kind of backend. */
export interface ProvisionedStatus {
  readonly directory: string;
  /** TensorFlow's version, or undefined when nothing usable is there. */
  readonly tensorflowVersion: string | undefined;
  readonly bytes: number;
  /** The first file that is missing or has another size or checksum; undefined when all is well. */
  readonly damage: string | undefined;
  /**
   * Whether the addon is there that runs compiled programs beside the event loop; if not, `rlloom setup` adds it.
   * Without it they run through tfjs-node's own session.
   */
  readonly session: boolean;
}

/** One kind of native backend: what is there of it, and what to do if nothing is. */
export interface NativeKindStatus {
  readonly kind: NativeKind;
  /** The user's own tfjs-node, which goes first. */
  readonly installed: InstalledPackage | undefined;
  readonly provisioned: ProvisionedStatus;
  /** Why `rlloom setup` cannot provision it on this machine; undefined if it can. */
  readonly unsupported: string | undefined;
  /** What to do, in words; undefined when it is ready. */
  readonly advice: string | undefined;
}

/** The facts `rlloom doctor` prints about native backends. */
export interface NativeStatus {
  readonly kinds: readonly NativeKindStatus[];
  /** First line of each program's `--version`; undefined where it is not on the PATH. */
  readonly tools: {
    readonly compiler: string | undefined;
    readonly python: string | undefined;
    readonly pip: string | undefined;
    readonly npm: string | undefined;
  };
  /** Whether an NVIDIA driver shows a device. */
  readonly nvidiaDevice: boolean;
}

/**
 * Looks at what is installed, provisioned and on the PATH, without loading any of it.
 *
 * @param options `cacheDirectory` as for `provisionNativeBackend`; `checksums` reads every file rather than compare sizes
 */
export async function nativeStatus(
  options: { cacheDirectory?: string; checksums?: boolean } = {},
): Promise<NativeStatus> {
  const nvidiaDevice = hasNvidiaDevice();
  const [cpu, gpu, tools] = await Promise.all([kindStatus('cpu', options), kindStatus('gpu', options), findTools()]);
  return {
    kinds: [cpu, gpu],
    tools: {
      compiler: tools.compiler?.version,
      python: tools.python?.version,
      pip: tools.pip?.version,
      npm: tools.npm === undefined ? undefined : `npm ${tools.npm.version}`,
    },
    nvidiaDevice,
  };
}

async function kindStatus(
  kind: NativeKind,
  options: { cacheDirectory?: string; checksums?: boolean },
): Promise<NativeKindStatus> {
  const installed = findInstalledPackage(kind);
  const directory = nativeDirectory({ kind, platform: process.platform, arch: process.arch }, options.cacheDirectory);
  const manifest = await readManifest(directory);
  const damage =
    manifest === undefined ? undefined : await findDamage(directory, manifest, options.checksums ? 'digests' : 'sizes');
  const provisioned: ProvisionedStatus = {
    directory,
    tensorflowVersion: manifest?.tensorflow,
    bytes: manifest === undefined ? 0 : totalBytes(manifest),
    damage,
    session: manifest !== undefined && findSessionFile(Object.keys(manifest.files)) !== undefined,
  };
  const unsupported = whyUnsupported(kind, thisMachine());
  const ready = installed !== undefined || (manifest !== undefined && damage === undefined);
  return { kind, installed, provisioned, unsupported, advice: ready ? undefined : adviceFor(kind, unsupported) };
}

function adviceFor(kind: NativeKind, unsupported: string | undefined): string {
  if (unsupported !== undefined) return unsupported;
  if (kind === 'gpu' && !hasNvidiaDevice())
    return 'there is no NVIDIA device here; other graphics cards work with --backend webgpu';
  return `run "rlloom setup --backend ${kind}"`;
}
