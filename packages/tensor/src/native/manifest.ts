import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { fileDigest } from './file-digest.ts';
import { listFiles } from './list-files.ts';
import type { NativePlan } from './native-plan.ts';
import { type NativeKind, versions } from './pinned-versions.ts';

/** What a provisioned folder holds and where it came from: its `manifest.json`. */
export interface NativeManifest {
  readonly recipe: number;
  readonly kind: NativeKind;
  readonly tensorflow: string;
  readonly tfjs: string;
  readonly compiler: string;
  /** The wheel and the npm packages, each as `name version digest`. */
  readonly sources: readonly string[];
  /** Python packages with the CUDA libraries that the wheel asks for; empty for cpu. */
  readonly cudaPackages: readonly string[];
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

const manifestFile = 'manifest.json';

/** Digests the files of `directory` and writes the manifest beside them. `files` are those to list. Default: all. */
export async function writeManifest(
  directory: string,
  {
    plan,
    compiler,
    cudaPackages,
    files: wanted,
  }: { plan: NativePlan; compiler: string; cudaPackages: readonly string[]; files?: readonly string[] },
): Promise<NativeManifest> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const { path, bytes } of await listFiles(directory)) {
    if (wanted !== undefined && !wanted.includes(path)) continue;
    files[path] = { bytes, sha256: await fileDigest(join(directory, path), 'sha256') };
  }
  const { kind, wheel, packages } = plan;
  const manifest: NativeManifest = {
    recipe: versions.recipe,
    kind,
    tensorflow: wheel.version,
    tfjs: versions.tfjs,
    compiler,
    sources: [
      `${wheel.project} ${wheel.version} sha256-${wheel.sha256}`,
      ...packages.map(({ name, version, integrity }) => `${name} ${version} ${integrity}`),
    ],
    cudaPackages,
    files,
  };
  await writeFileAtomic(join(directory, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** The manifest of a provisioned folder; undefined when there is none, or one of another recipe. */
export async function readManifest(directory: string): Promise<NativeManifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(directory, manifestFile), 'utf8')) as NativeManifest;
    return manifest.recipe === versions.recipe ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The first file that is not as the manifest says, in words; undefined if all are. `sizes` takes milliseconds,
 * `digests` reads all of it (some 600 MB).
 */
export async function findDamage(
  directory: string,
  manifest: NativeManifest,
  depth: 'sizes' | 'digests',
): Promise<string | undefined> {
  for (const [path, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const file = join(directory, path);
    const size = await stat(file).then(
      (found) => found.size,
      () => undefined,
    );
    if (size === undefined) return `${path} is missing`;
    if (size !== bytes) return `${path} has ${size} bytes, expected ${bytes}`;
    if (depth === 'digests' && (await fileDigest(file, 'sha256')) !== sha256) return `${path} has another checksum`;
  }
  return undefined;
}

/** Size of all files of the manifest. */
export function totalBytes(manifest: NativeManifest): number {
  return Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
}
