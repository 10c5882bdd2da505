import { copyFile, link, lstat, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { singleFileName, readWeightIndex } from '../checkpoint/weight-files.ts';

/** The folders of one model in the cache that Python's `huggingface_hub` keeps. */
export interface ModelCache {
  /** Commits by the name of a branch or tag. */
  readonly refs: string;
  /** The files by commit, as links to blobs. */
  readonly snapshots: string;
  /** Contents by hash. */
  readonly blobs: string;
  readonly locks: string;
}

/** What of a model is wanted: all of it, or its tokenizer. */
export type ModelContents = 'model' | 'tokenizer';

/** Where a model is in the cache. */
export function modelCache(cacheDirectory: string, id: string): ModelCache {
  const name = `models--${id.replaceAll('/', '--')}`;
  const root = join(cacheDirectory, name);
  return {
    refs: join(root, 'refs'),
    snapshots: join(root, 'snapshots'),
    blobs: join(root, 'blobs'),
    locks: join(cacheDirectory, '.locks', name),
  };
}

/** Whether a revision is a commit, which never changes. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** The snapshot folder that the cache has for a revision, whatever is in it; `undefined` when it knows none. */
export async function cachedSnapshot(cache: ModelCache, revision: string): Promise<string | undefined> {
  const commit = isCommit(revision) ? revision : await readFile(join(cache.refs, revision), 'utf8').catch(() => '');
  return isCommit(commit.trim()) ? join(cache.snapshots, commit.trim()) : undefined;
}

/** Records that a branch or tag is at a commit. */
export async function writeRef(cache: ModelCache, revision: string, commit: string): Promise<void> {
  if (isCommit(revision)) return;
  const path = join(cache.refs, revision);
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomic(path, commit);
}

/** The first file that a snapshot lacks to be of use; `undefined` when it has all. */
export async function missingFile(snapshot: string, contents: ModelContents): Promise<string | undefined> {
  const needed = contents === 'tokenizer' ? ['tokenizer.json'] : ['config.json', ...(await weightFiles(snapshot))];
  for (const name of needed) if ((await sizeOf(join(snapshot, name))) === undefined) return name;
  return undefined;
}

/** The size of a file behind its links; `undefined` when there is none. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (info) => (info.isFile() ? info.size : undefined),
    () => undefined,
  );
}

/** Puts a blob into a snapshot under its name: by a link, or a copy where the file system has none. */
export async function linkBlob(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if ((await lstat(path).catch(() => undefined)) !== undefined) await rm(path);
  try {
    await symlink(relative(dirname(path), blob), path);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    await link(blob, path).catch(() => copyFile(blob, path));
  }
}

async function weightFiles(snapshot: string): Promise<readonly string[]> {
  if ((await sizeOf(join(snapshot, singleFileName))) !== undefined) return [];
  // A broken one is downloaded again.
  const index = await readWeightIndex(snapshot).catch(() => undefined);
  return index === undefined ? [singleFileName] : [...new Set(index.values())];
}
