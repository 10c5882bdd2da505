import { stat } from 'node:fs/promises';
import { isRlloomError, RlloomError, toStorageError } from '@rlloom/spec';
import { downloadModel } from './download-model.ts';
import { cachedSnapshot, isCommit, missingFile, modelCache, type ModelContents } from './hub-cache.ts';
import { type HubTarget, notCached, unreachable } from './hub-errors.ts';
import { checkRevision, isHubId } from './hub-id.ts';
import type { HubOptions } from './hub-options.ts';
import { hubSettings } from './hub-settings.ts';

/** Options of {@link resolveModelFolder}. */
export interface ResolveModelOptions extends HubOptions {
  /** What is needed of a model of the hub: `model` (default) or only its `tokenizer`. */
  readonly contents?: ModelContents;
}

/**
 * The folder of a model: a path as it is, or a model of the Hugging Face hub (`owner/name`), downloaded into the cache
 * that Python's `huggingface_hub` uses too. Only what is read here is downloaded: configuration, tokenizer, safetensors.
 * A download that was cut goes on where it stopped, size and hash of each file are checked, and several processes may ask
 * at once. When the hub cannot be reached, a complete copy in the cache is used.
 *
 * @param idOrPath a folder that exists, else `owner/name`
 * @returns the path of a folder; nothing in a folder of the cache may be changed
 * @throws RlloomError kind `model` when there is neither, or the model cannot be had: what to do, and how to do it by
 * hand; kind `storage` when the disk is full; kind `interrupted` when `options.signal` was aborted
 * @example
 * ```ts
 * await resolveModelFolder('.'); // => '.'
 * ```
 */
export async function resolveModelFolder(idOrPath: string, options: ResolveModelOptions = {}): Promise<string> {
  if (await isFolder(idOrPath)) return idOrPath;
  if (!isHubId(idOrPath)) throw noFolder(idOrPath);
  const target: HubTarget = { ...(await hubSettings(options)), id: idOrPath };
  checkRevision(target.revision, idOrPath);
  const contents = options.contents ?? 'model';
  const cached = await lookUp(target, contents);
  // A complete copy of a commit cannot be out of date.
  if (cached.missing === undefined && cached.folder !== undefined && (target.offline || isCommit(target.revision))) {
    return cached.folder;
  }
  if (target.offline) throw notCached(target, cached.missing);
  try {
    return await downloadModel(target, { ...options, contents });
  } catch (error) {
    if (isRlloomError(error)) throw error;
    const storage = toStorageError(error, target.cacheDirectory);
    if (isRlloomError(storage)) throw noRoom(storage);
    if (options.signal?.aborted === true) throw interrupted(idOrPath, error);
    if (cached.missing === undefined && cached.folder !== undefined) return cached.folder;
    throw unreachable(target, error);
  }
}

interface Cached {
  readonly folder: string | undefined;
  /** A file that the folder lacks. */
  readonly missing: string | undefined;
}

async function lookUp(target: HubTarget, contents: ModelContents): Promise<Cached> {
  const folder = await cachedSnapshot(modelCache(target.cacheDirectory, target.id), target.revision);
  return { folder, missing: folder === undefined ? undefined : await missingFile(folder, contents) };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

function noFolder(path: string): RlloomError {
  return new RlloomError('model', {
    what: 'there is no such model folder',
    where: path,
    fix: 'give the path of a Hugging Face model folder with config.json, *.safetensors and tokenizer.json, or a model of the hub as owner/name',
  });
}

function noRoom({ what, where = '', cause }: RlloomError): RlloomError {
  return new RlloomError('storage', {
    what: `the model cannot be downloaded: ${what}`,
    where,
    fix: 'make room there or change the permissions, or set HF_HUB_CACHE to another folder; what has arrived is kept',
    cause,
  });
}

function interrupted(id: string, cause: unknown): RlloomError {
  return new RlloomError('interrupted', {
    what: 'stopped while the model was downloaded; what has arrived is kept',
    where: id,
    fix: 'start again to go on from there',
    cause,
  });
}
