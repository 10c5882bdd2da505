import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RlloomError, toStorageError } from '@rlloom/spec';

/** A complete checkpoint on disk. */
export interface CheckpointEntry {
  readonly name: string;
  readonly directory: string;
  readonly stage: string;
  readonly step: number;
}

/** What `manifest.json` of a checkpoint says: its position and the sha256 of every file. */
interface Manifest {
  readonly stage: string;
  readonly order: number;
  readonly step: number;
  readonly files: Readonly<Record<string, string>>;
}

/** Checkpoints of one run in one folder: written atomically, verified when read, the oldest dropped. */
export interface CheckpointStore {
  /** Calls `write` with a temporary folder; the checkpoint exists only when all of it is on disk. */
  save(
    position: { readonly stage: string; readonly order: number; readonly step: number },
    write: (directory: string) => Promise<void>,
  ): Promise<CheckpointEntry>;
  /** Complete checkpoints, oldest first. */
  list(): Promise<CheckpointEntry[]>;
  /** The one to resume from: the named one, or the newest. Files are checked against the manifest. */
  open(name?: string): Promise<CheckpointEntry | undefined>;
}

/**
 * The checkpoints in `directory`. Each is a folder `<stage>-<step>`; a manifest with checksums is written last,
 * then the folder gets its name by one rename, so a crash leaves only `.partial-*` folders, removed at the next save.
 *
 * @param keep newest checkpoints that are kept
 * @throws RlloomError `storage` when the disk is full, `checkpoint` when a checkpoint is damaged or not there
 */
export function createCheckpointStore(directory: string, keep: number): CheckpointStore {
  return {
    async save(position, write) {
      const name = `${position.stage}-${String(position.step).padStart(6, '0')}`;
      const partial = join(directory, `.partial-${name}`);
      const final = join(directory, name);
      try {
        await removePartials(directory);
        await mkdir(partial, { recursive: true });
        await write(partial);
        const manifest: Manifest = { ...position, files: await checksums(partial) };
        await writeFile(join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
        await syncTree(partial);
        await rm(final, { recursive: true, force: true });
        await rename(partial, final);
      } catch (error) {
        await rm(partial, { recursive: true, force: true });
        throw toStorageError(error, final);
      }
      const all = await listCheckpoints(directory);
      for (const old of all.slice(0, -keep)) await rm(old.directory, { recursive: true, force: true });
      return { name, directory: final, stage: position.stage, step: position.step };
    },
    list: () => listCheckpoints(directory),
    async open(name) {
      const all = await listCheckpoints(directory);
      const entry = name === undefined ? all.at(-1) : all.find((candidate) => candidate.name === name);
      if (entry === undefined && name !== undefined) {
        throw new RlloomError('checkpoint', {
          what: `there is no checkpoint "${name}"`,
          where: directory,
          fix:
            all.length === 0
              ? 'start the run without --resume'
              : `choose one of ${all.map((candidate) => candidate.name).join(', ')}`,
        });
      }
      if (entry !== undefined) await verify(entry, all);
      return entry;
    },
  };
}

async function listCheckpoints(directory: string): Promise<CheckpointEntry[]> {
  const names = await readdir(directory).catch(() => []);
  const entries: (CheckpointEntry & { order: number })[] = [];
  for (const name of names) {
    if (name.startsWith('.')) continue;
    const manifest = await readManifest(join(directory, name));
    if (manifest === undefined) continue;
    entries.push({
      name,
      directory: join(directory, name),
      stage: manifest.stage,
      step: manifest.step,
      order: manifest.order,
    });
  }
  entries.sort((a, b) => a.order - b.order || a.step - b.step);
  return entries.map(({ order: _, ...entry }) => entry);
}

async function readManifest(directory: string): Promise<Manifest | undefined> {
  const text = await readFile(join(directory, 'manifest.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Manifest;
  } catch (cause) {
    throw new RlloomError('checkpoint', {
      what: 'the checkpoint cannot be read: its manifest is not JSON',
      where: join(directory, 'manifest.json'),
      fix: 'remove this folder; the run then resumes from the checkpoint before it',
      cause,
    });
  }
}

async function verify(entry: CheckpointEntry, all: readonly CheckpointEntry[]): Promise<void> {
  const manifest = await readManifest(entry.directory);
  const others = all.filter((candidate) => candidate.name !== entry.name).map((candidate) => candidate.name);
  const fix =
    others.length === 0
      ? 'remove the folder and start the run again'
      : `remove the folder, or resume with --resume ${others.at(-1)}`;
  for (const [file, expected] of Object.entries(manifest?.files ?? {})) {
    const path = join(entry.directory, file);
    const actual = await sha256(path).catch(() => undefined);
    if (actual === undefined)
      throw new RlloomError('checkpoint', {
        what: 'a file of the checkpoint is missing or unreadable',
        where: path,
        fix,
      });
    if (actual !== expected)
      throw new RlloomError('checkpoint', {
        what: 'a file of the checkpoint is damaged (its checksum differs)',
        where: path,
        fix,
      });
  }
}

async function removePartials(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  await Promise.all(
    names
      .filter((name) => name.startsWith('.partial-'))
      .map((name) => rm(join(directory, name), { recursive: true, force: true })),
  );
}

async function checksums(directory: string): Promise<Record<string, string>> {
  const files = await filesBelow(directory);
  const entries = await Promise.all(files.map(async (file) => [file, await sha256(join(directory, file))] as const));
  return Object.fromEntries(entries);
}

async function filesBelow(directory: string): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  const files: string[] = [];
  for (const name of names.sort()) if ((await stat(join(directory, name))).isFile()) files.push(name);
  return files;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

// The rename must not reach the disk before the data it names.
async function syncTree(directory: string): Promise<void> {
  for (const file of [...(await filesBelow(directory)), '.']) {
    const handle = await open(join(directory, file), 'r');
    await handle.sync().catch(() => undefined);
    await handle.close();
  }
}
