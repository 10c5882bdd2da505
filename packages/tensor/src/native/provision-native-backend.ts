import { link, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isRlloomError, RlloomError, toStorageError } from '@rlloom/spec';
import { diskFix } from './command-error.ts';
import { addSession } from './add-session.ts';
import { compileStep } from './compile-binding.ts';
import { sessionHeaders } from './compile-session.ts';
import { cudaAdvice } from './cuda-advice.ts';
import { fetchPackagesStep } from './fetch-packages.ts';
import { fetchWheelStep } from './fetch-wheel.ts';
import { findTools, type RequiredTools, requireTools } from './find-tools.ts';
import { listFiles } from './list-files.ts';
import { findDamage, type NativeManifest, readManifest, totalBytes, writeManifest } from './manifest.ts';
import { nativeDirectory } from './native-directory.ts';
import { type NativePlan, nativePlan } from './native-plan.ts';
import type { NativeKind } from './pinned-versions.ts';
import type { OnProgress, ProvisionStep } from './provision-progress.ts';
import { runSteps } from './run-steps.ts';
import { cudaFile, unpackWheelStep } from './unpack-wheel.ts';
import { sessionFile } from './tensorflow-session.ts';
import { verifyBinding } from './verify-binding.ts';
import { withLock } from './with-lock.ts';

/** Which native backend to provision, and where. */
export interface ProvisionOptions {
  /** `cpu`, or `gpu` for NVIDIA cards. */
  readonly kind: NativeKind;
  /** The folder rlloom caches in. Default: `RLLOOM_CACHE`, else the user's cache folder (`~/.cache/rlloom`). */
  readonly cacheDirectory?: string;
  /** Told when a step starts, goes on and ends. */
  readonly onProgress?: OnProgress;
  /** Start from nothing, even if it is there already. Default false. */
  readonly force?: boolean;
}

/** A native backend that is ready to load. */
export interface ProvisionResult {
  readonly kind: NativeKind;
  readonly directory: string;
  /** For example `2.21.0`. */
  readonly tensorflowVersion: string;
  /** Whether it was there already, with all checksums right, so that nothing was done. */
  readonly alreadyThere: boolean;
  /** Size on disk. */
  readonly bytes: number;
  /** What is left for the user to do, in sentences; for `gpu` the CUDA libraries to install. */
  readonly advice: readonly string[];
}

/**
 * Builds the native TensorFlow backend in the cache folder: tfjs-node's binding, compiled here against a current
 * TensorFlow library. It fetches some 300 MB through the user's own npm and pip settings, needs a C++ compiler, and
 * leaves some 640 MB for `cpu`.
 *
 * It may be run again at any time: what is there and intact stays, an interrupted run goes on where it stopped, and
 * two runs at once wait for each other. In a folder of an earlier version that lacks nothing but the session of
 * compiled programs, only that is compiled where the headers are there too. All versions and checksums are pinned.
 *
 * @throws RlloomError kind `backend` without a compiler, Python, pip, npm or network, on a platform that TensorFlow
 * has no library for, on a wrong checksum, or when the result does not work; kind `storage` on a full disk
 */
export async function provisionNativeBackend(options: ProvisionOptions): Promise<ProvisionResult> {
  return provision(nativePlan(options.kind), options);
}

/** {@link provisionNativeBackend} with every version and checksum given. */
export async function provision(plan: NativePlan, options: Omit<ProvisionOptions, 'kind'>): Promise<ProvisionResult> {
  const { cacheDirectory, onProgress = () => undefined, force = false } = options;
  const directory = nativeDirectory(plan, cacheDirectory);
  try {
    await mkdir(dirname(directory), { recursive: true });
    return await withLock(directory, onProgress, async () => {
      const there = force ? undefined : await intactManifest(directory);
      if (there !== undefined && (await sessionFile(plan.sessionSource)) in there.files)
        return resultOf(directory, there, true);
      const added =
        there === undefined ? undefined : await addSession(plan, { directory, manifest: there, onProgress });
      if (added !== undefined) return resultOf(directory, added, false);
      return resultOf(directory, await build(plan, { directory, onProgress, force }), false);
    });
  } catch (error) {
    throw isRlloomError(error) ? error : asRlloomError(error, directory);
  }
}

async function build(
  plan: NativePlan,
  options: { directory: string; onProgress: OnProgress; force: boolean },
): Promise<NativeManifest> {
  const { directory, onProgress, force } = options;
  onProgress({ step: 'tools', state: 'started', message: 'looking for compiler, Python, pip and npm' });
  const tools = requireTools(await findTools());
  onProgress({ step: 'tools', state: 'finished', message: `${tools.compiler.version}; ${tools.pip.version}` });
  const work = `${directory}.work`;
  if (force) await rm(work, { recursive: true, force: true });
  await runSteps(await stepsOf(plan, tools), work, onProgress);

  onProgress({
    step: 'verify',
    state: 'started',
    message: 'trying a matrix product, a gradient and a session in a process of its own',
  });
  const assembled = join(work, 'assembled.tmp');
  await rm(assembled, { recursive: true, force: true });
  await assemble(work, assembled);
  await verifyBinding(assembled, await sessionFile(plan.sessionSource));
  const cudaPackages = JSON.parse(await readFile(join(work, 'libraries', cudaFile), 'utf8')) as string[];
  const manifest = await writeManifest(assembled, { plan, compiler: tools.compiler.version, cudaPackages });
  onProgress({ step: 'verify', state: 'finished', message: 'it works' });

  onProgress({ step: 'install', state: 'started', message: `moving it to ${directory}` });
  await replaceFolder(directory, assembled, work);
  await rm(work, { recursive: true, force: true });
  onProgress({ step: 'install', state: 'finished', message: directory, bytes: totalBytes(manifest) });
  return manifest;
}

async function stepsOf(plan: NativePlan, tools: RequiredTools): Promise<Parameters<typeof runSteps>[0]> {
  return [
    fetchPackagesStep(plan.packages, tools.npm),
    fetchWheelStep(plan.wheel, tools.pip),
    unpackWheelStep(plan.wheel, tools.strip),
    await compileStep(plan, tools.compiler),
  ];
}

const parts: readonly (readonly [ProvisionStep, RegExp])[] = [
  ['packages', /^node_modules\//],
  ['packages', sessionHeaders],
  ['libraries', /^tensorflow\/lib/],
  ['libraries', sessionHeaders],
  ['compile', /\.node$/],
];

// Hard links: the steps' folders stay whole for another try, and no byte is copied.
async function assemble(work: string, target: string): Promise<void> {
  for (const [step, wanted] of parts) {
    for (const { path } of await listFiles(join(work, step))) {
      if (!wanted.test(path)) continue;
      await mkdir(dirname(join(target, path)), { recursive: true });
      await link(join(work, step, path), join(target, path));
    }
  }
}

async function replaceFolder(directory: string, replacement: string, work: string): Promise<void> {
  const old = join(work, 'old.tmp');
  await rm(old, { recursive: true, force: true });
  await rename(directory, old).catch(ignoreMissing);
  // CUDA libraries that the user put beside the old one serve the new one too.
  await rename(join(old, 'nvidia'), join(replacement, 'nvidia')).catch(ignoreMissing);
  await rename(replacement, directory);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

async function intactManifest(directory: string): Promise<NativeManifest | undefined> {
  const manifest = await readManifest(directory);
  const whole = manifest !== undefined && (await findDamage(directory, manifest, 'digests')) === undefined;
  return whole ? manifest : undefined;
}

function resultOf(directory: string, manifest: NativeManifest, alreadyThere: boolean): ProvisionResult {
  const { kind, tensorflow, cudaPackages } = manifest;
  const advice = kind === 'gpu' ? [cudaAdvice(directory, cudaPackages)] : [];
  return { kind, directory, tensorflowVersion: tensorflow, alreadyThere, bytes: totalBytes(manifest), advice };
}

function asRlloomError(error: unknown, path: string): RlloomError {
  const storage = toStorageError(error, path);
  if (isRlloomError(storage))
    return new RlloomError('storage', { what: storage.what, where: path, fix: diskFix, cause: error });
  return new RlloomError('backend', {
    what: `provisioning failed: ${error instanceof Error ? error.message : String(error)}`,
    where: path,
    fix: 'run the same command again; if it fails in the same place, run it with --force',
    cause: error,
  });
}
