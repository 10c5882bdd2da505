import { availableParallelism } from 'node:os';
import type { BackendNotLoaded, LoadedBackend } from '../backend/backend-choice.ts';
import { tf } from '../tf.ts';
import { findInstalledPackage, type InstalledPackage } from './find-installed-package.ts';
import { findDamage, readManifest } from './manifest.ts';
import { nativeDirectory } from './native-directory.ts';
import { hasNvidiaDevice } from './nvidia-device.ts';
import type { NativeKind } from './pinned-versions.ts';
import { registerNativeKernels } from './register-native-kernels.ts';
import { nodeBackend, requireProvisioned, requireTfjsNode } from './require-tfjs-node.ts';
import { openXlaCache, type XlaCache } from './xla-cache.ts';
import { requireSessionAddon, type SessionAddon } from './tensorflow-session.ts';

/** Which native backend to load, and with how many threads. */
export interface LoadNativeOptions {
  readonly kind: NativeKind;
  /** The folder rlloom caches in. Default: `RLLOOM_CACHE`, else the user's cache folder. */
  readonly cacheDirectory?: string;
  /**
   * Threads one operation may use. Default: all. It counts at the first load in a process. In a worker thread with a
   * user's own tfjs-node, set `TF_NUM_INTRAOP_THREADS` in the environment of the process instead.
   */
  readonly threads?: number;
}

/** A native backend that has loaded, and where it came from. */
export interface LoadedNativeBackend extends LoadedBackend {
  /** `installed` by the user, or `provisioned` by `rlloom setup`. */
  readonly source: 'installed' | 'provisioned';
  readonly directory: string;
}

let xlaCache: XlaCache | undefined;

// A process holds one TensorFlow library: a second of the same name would be mixed with the first by the linker.
let current: { readonly kind: NativeKind; readonly loaded: LoadedNativeBackend } | undefined;
let sessionAddon: SessionAddon | undefined;

/**
 * What opens sessions on the loaded TensorFlow library; undefined before {@link loadNativeBackend}, with a user's own
 * tfjs-node, and in a folder of an earlier version, until `rlloom setup` is run again.
 */
export function loadedSessionAddon(): SessionAddon | undefined {
  return sessionAddon;
}

/**
 * Registers and activates the native TensorFlow backend: the user's own `@tensorflow/tfjs-node(-gpu)` if one is
 * installed and loads, else the one that `rlloom setup` provisioned. It computes behind the same `tf`.
 *
 * Never throws and prints nothing. For `gpu`, loads nothing where no NVIDIA device is.
 */
export async function loadNativeBackend(options: LoadNativeOptions): Promise<LoadedNativeBackend | BackendNotLoaded> {
  const { kind } = options;
  if (kind === 'gpu' && !hasNvidiaDevice()) return notLoaded('there is no NVIDIA device (or no driver for it)');
  if (current !== undefined) return reuse(kind, current);
  const reasons: string[] = [];
  for (const load of [loadInstalled, loadProvisioned]) {
    try {
      const result = await load(options);
      if (result.loaded) return await activate(kind, result);
      reasons.push(result.reason);
    } catch (error) {
      reasons.push(firstLine(error));
    }
  }
  return notLoaded(reasons.join('; '));
}

async function loadInstalled({ kind, threads }: LoadNativeOptions): Promise<LoadedNativeBackend | BackendNotLoaded> {
  const found = findInstalledPackage(kind);
  if (found === undefined) return notLoaded(`@tensorflow/tfjs-node${kind === 'gpu' ? '-gpu' : ''} is not installed`);
  const { name, version, directory } = found;
  if (!isRecent(found)) return notLoaded(`${name} ${version} is installed, 4.22 or newer is needed`);
  try {
    requireTfjsNode(directory, environment(kind, threads));
  } catch (error) {
    return notLoaded(`${name} ${version} is installed but does not load: ${firstLine(error)}`);
  }
  return describe({ source: 'installed', directory, reason: `${name} ${version} is installed` });
}

async function loadProvisioned({
  kind,
  cacheDirectory,
  threads,
}: LoadNativeOptions): Promise<LoadedNativeBackend | BackendNotLoaded> {
  const { platform, arch } = process;
  const directory = nativeDirectory({ kind, platform, arch }, cacheDirectory);
  const manifest = await readManifest(directory);
  if (manifest === undefined) return notLoaded(`"rlloom setup --backend ${kind}" has not been run`);
  const damage = await findDamage(directory, manifest, 'sizes');
  if (damage !== undefined)
    return notLoaded(`${directory} is damaged (${damage}); run "rlloom setup --backend ${kind}" again`);
  const variables = { ...environment(kind, threads), ...cacheVariables({ root: cacheDirectory, threads }) };
  const messages = requireProvisioned(directory, variables);
  sessionAddon = requireSessionAddon(directory, Object.keys(manifest.files));
  const loaded = describe({ source: 'provisioned', directory, reason: 'rlloom setup provisioned it' });
  if (kind === 'cpu' || usesGpu()) return loaded;
  current = { kind, loaded };
  const said = messages.find((line) => /^[WE]\d{4} /.test(line));
  const detail = said === undefined ? '' : ` (${said})`;
  return notLoaded(
    `TensorFlow finds no GPU it can use${detail}; "rlloom setup --backend gpu" says which CUDA libraries it needs`,
  );
}

async function activate(
  kind: NativeKind,
  loaded: LoadedNativeBackend,
): Promise<LoadedNativeBackend | BackendNotLoaded> {
  current = { kind, loaded };
  if (kind === 'gpu' && !usesGpu()) return notLoaded(`${loaded.reason}, but it finds no GPU it can use`);
  registerNativeKernels({ gpu: usesGpu() });
  return (await tf.setBackend('tensorflow')) ? loaded : notLoaded('the TensorFlow backend did not start');
}

async function reuse(
  kind: NativeKind,
  { kind: loadedKind, loaded }: NonNullable<typeof current>,
): Promise<LoadedNativeBackend | BackendNotLoaded> {
  if (kind === 'gpu' && loadedKind === 'cpu') return notLoaded('this process has loaded the CPU library already');
  if (kind === 'gpu' && !usesGpu()) return notLoaded('TensorFlow finds no GPU it can use');
  registerNativeKernels({ gpu: usesGpu() });
  // The GPU library without a usable GPU computes on the CPU.
  return (await tf.setBackend('tensorflow')) ? loaded : notLoaded('the TensorFlow backend did not start');
}

function describe(origin: Pick<LoadedNativeBackend, 'source' | 'directory' | 'reason'>): LoadedNativeBackend {
  const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']);
  return {
    loaded: true,
    tfjsBackendName: 'tensorflow',
    libraryVersion: `TensorFlow ${nodeBackend().binding.TF_Version}`,
    threads: threads > 0 ? threads : availableParallelism(),
    device: usesGpu() ? 'GPU (TensorFlow, CUDA)' : 'CPU (TensorFlow)',
    ...origin,
  };
}

function usesGpu(): boolean {
  return nodeBackend().isUsingGpuDevice;
}

function environment(kind: NativeKind, threads: number | undefined): Record<string, string> {
  const count =
    threads === undefined ? {} : { TF_NUM_INTRAOP_THREADS: String(threads), OMP_NUM_THREADS: String(threads) };
  // With gpu, TensorFlow's warnings say which CUDA library it missed.
  const level = process.env['TF_CPP_MIN_LOG_LEVEL'] ?? (kind === 'gpu' ? '1' : '2');
  // tfjs-node and the sessions of programs share the card: taken as needed, not all of it by whoever is first.
  const growth =
    kind === 'gpu' ? { TF_FORCE_GPU_ALLOW_GROWTH: process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ?? 'true' } : {};
  return { TF_CPP_MIN_LOG_LEVEL: level, ...growth, ...count };
}

// A user's own flags are left alone. The loader of compiled programs writes its machine's features to stderr as an error
// although they are the same, which only the highest level holds back; what fails comes as an error all the same.
function cacheVariables(options: {
  readonly root: string | undefined;
  readonly threads: number | undefined;
}): Record<string, string> {
  if (process.env['TF_XLA_FLAGS'] !== undefined) return {};
  const { root, threads } = options;
  xlaCache = openXlaCache({ ...(root !== undefined && { root }), ...(threads !== undefined && { threads }) });
  if (xlaCache === undefined) return {};
  process.once('exit', xlaCache.close);
  const { TF_CPP_MIN_LOG_LEVEL: level = '3' } = process.env;
  return { TF_XLA_FLAGS: `--tf_xla_persistent_cache_directory=${xlaCache.directory}`, TF_CPP_MIN_LOG_LEVEL: level };
}

/** Runs what makes XLA compile, so that later processes find what it compiled. */
export function compilingWithXla<Result>(work: () => Promise<Result>): Promise<Result> {
  return xlaCache === undefined ? work() : xlaCache.during(work);
}

function isRecent({ version }: InstalledPackage): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 4 || (major === 4 && minor >= 22);
}

function notLoaded(reason: string): BackendNotLoaded {
  return { loaded: false, reason };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
