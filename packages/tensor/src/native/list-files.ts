import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A file below a folder: its path there, with forward slashes, and its size in bytes. */
export interface ListedFile {
  readonly path: string;
  readonly bytes: number;
}

/** All files below `folder`, sorted by path. */
export async function listFiles(folder: string): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  for (const path of await readdir(folder, { recursive: true })) {
    const found = await stat(join(folder, path));
    if (found.isFile()) files.push({ path: path.split(sep).join('/'), bytes: found.size });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
