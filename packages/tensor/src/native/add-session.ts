import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { compileSession, nodeHeaders } from './compile-session.ts';
import { findTools, requireCompiler } from './find-tools.ts';
import { type NativeManifest, writeManifest } from './manifest.ts';
import type { NativePlan } from './native-plan.ts';
import type { OnProgress } from './provision-progress.ts';
import { findSessionFile } from './tensorflow-session.ts';
import { verifyBinding } from './verify-binding.ts';

/**
 * Compiles the session addon into an intact provisioned folder that has none, or that of another source: seconds
 * instead of a download. The folder can be loaded all the while.
 *
 * @returns the new manifest; undefined in a folder of an earlier version, which has no headers to compile against
 */
export async function addSession(
  plan: NativePlan,
  { directory, manifest, onProgress }: { directory: string; manifest: NativeManifest; onProgress: OnProgress },
): Promise<NativeManifest | undefined> {
  if (![`${nodeHeaders}/node_api.h`, 'tensorflow/include/tensorflow/c/c_api.h'].every((path) => path in manifest.files))
    return undefined;
  onProgress({ step: 'tools', state: 'started', message: 'looking for a compiler' });
  const compiler = requireCompiler(await findTools());
  onProgress({ step: 'tools', state: 'finished', message: compiler.version });

  const message = `compiling the session of programs with ${compiler.version}`;
  onProgress({ step: 'compile', state: 'started', message });
  const output = `${directory}.session`;
  await rm(output, { recursive: true, force: true });
  await mkdir(output);
  const file = await compileSession({ plan, compiler }, { packages: directory, libraries: directory, output });
  // It finds the libraries from where it will lie. The manifest does not name it yet, so nobody loads it.
  await rename(join(output, file), join(directory, file));
  await rm(output, { recursive: true });
  onProgress({ step: 'compile', state: 'finished', message });

  onProgress({ step: 'verify', state: 'started', message: 'trying it in a process of its own' });
  await verifyBinding(directory, file).catch(async (error: unknown) => {
    await rm(join(directory, file), { force: true });
    throw error;
  });
  const before = findSessionFile(Object.keys(manifest.files));
  const next = await writeManifest(directory, {
    plan,
    compiler: manifest.compiler,
    cudaPackages: manifest.cudaPackages,
    files: [...Object.keys(manifest.files).filter((path) => path !== before), file],
  });
  if (before !== undefined) await rm(join(directory, before), { force: true });
  onProgress({ step: 'verify', state: 'finished', message: 'it works' });
  return next;
}
