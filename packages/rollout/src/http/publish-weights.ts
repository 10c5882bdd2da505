import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type RolloutEngine, toStorageError, type WeightSource } from '@rlloom/spec';

/** Options of `publishWeights`. */
export interface PublishWeightsOptions {
  /** Folder that holds the versions; the servers must read it at the same path. */
  readonly directory: string;
  /** What `write` writes. */
  readonly kind: 'checkpoint' | 'adapter';
  /** Writes the present weights into a new folder, e.g. by `saveModel` or `saveAdapter`. */
  readonly write: (directory: string) => Promise<void>;
  /** Newest versions that are kept: a server that was away reads one again. Default 2. */
  readonly keep?: number;
}

/** Name of the file that says a version is whole; it is written last. */
const publishedMarker = 'PUBLISHED';

const versionName = /^v(\d+)$/;

/**
 * An engine that takes weights which are shared with this process: they are written to `v{n}` in a folder that never
 * changes afterwards, and `engine` is told to read it. A version appears by one rename with its marker in it, so that
 * nobody reads half of one; those a crash left behind go.
 *
 * @throws RlloomError kind `storage` from `updateWeights` when the disk is full or the folder cannot be written
 */
export function publishWeights<Engine extends RolloutEngine>(engine: Engine, options: PublishWeightsOptions): Engine {
  const { kind, write, keep = 2 } = options;
  const root = resolve(options.directory);
  const capabilities = { ...engine.capabilities, weightUpdate: 'shared' } as const;
  return {
    ...engine,
    capabilities,
    async updateWeights(source: WeightSource) {
      if (source.kind !== 'shared') return engine.updateWeights(source);
      const directory = await publish(root, source.version, write);
      await engine.updateWeights({ kind, directory, version: source.version });
      await removeOld(root, keep);
    },
  };
}

async function publish(root: string, version: number, write: (directory: string) => Promise<void>): Promise<string> {
  const final = join(root, `v${version}`);
  const partial = join(root, `.partial-v${version}`);
  try {
    await mkdir(root, { recursive: true });
    for (const name of await readdir(root)) {
      if (name.startsWith('.partial-')) await rm(join(root, name), { recursive: true, force: true });
    }
    await write(partial);
    const marker = await open(join(partial, publishedMarker), 'wx');
    try {
      await marker.writeFile(`${version}\n`);
      await marker.sync();
    } finally {
      await marker.close();
    }
    // Of a run before this one, which may have gone another way.
    await rm(final, { recursive: true, force: true });
    await rename(partial, final);
    return final;
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw toStorageError(error, final);
  }
}

async function removeOld(root: string, keep: number): Promise<void> {
  const versions = (await readdir(root))
    .flatMap((name) => versionName.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => b - a);
  for (const version of versions.slice(keep)) await rm(join(root, `v${version}`), { recursive: true, force: true });
}
