import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { indexFileName, readWeightIndex, singleFileName } from '../checkpoint/weight-files.ts';
import { downloadBlob, type RemoteFile } from './download-blob.ts';
import { isCommit, linkBlob, modelCache, type ModelCache, type ModelContents, sizeOf, writeRef } from './hub-cache.ts';
import { type HubTarget, noSafetensors } from './hub-errors.ts';
import { createHubFetch } from './hub-fetch.ts';
import type { HubOptions } from './hub-options.ts';
import { neededFiles } from './needed-files.ts';
import { withFileLock } from './with-file-lock.ts';

/** What to download, and who is told. */
export interface ModelDownload extends Pick<HubOptions, 'onProgress' | 'signal'> {
  readonly contents: ModelContents;
}

interface Transfer extends ModelDownload {
  readonly target: HubTarget;
  readonly fetch: typeof fetch;
  readonly cache: ModelCache;
  readonly commit: string;
}

/**
 * Downloads the files of a model that the cache does not have, weights last.
 *
 * @returns the snapshot folder in the cache
 * @throws RlloomError kind `model` or `storage`; other errors mean that the hub was not reached
 */
export async function downloadModel(target: HubTarget, download: ModelDownload): Promise<string> {
  // Local folders do without it.
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const { id, revision, endpoint: hubUrl } = target;
  const fetch = createHubFetch(target, download.signal);
  const { sha: commit } = await modelInfo({ name: id, revision, hubUrl, fetch, additionalFields: ['sha'] });
  if (!isCommit(commit)) throw new Error('its answer names no commit');
  const remote = new Map<string, RemoteFile>();
  for await (const { path, size, oid, lfs } of listFiles({
    repo: id,
    revision: commit,
    recursive: true,
    hubUrl,
    fetch,
  })) {
    remote.set(path, { path, size, hash: lfs?.oid ?? oid ?? '' });
  }
  const cache = modelCache(target.cacheDirectory, id);
  const transfer: Transfer = { ...download, target, fetch, cache, commit };
  const names = neededFiles([...remote.keys()], download.contents);
  if (download.contents === 'model' && !names.includes(singleFileName) && !names.includes(indexFileName)) {
    throw noSafetensors(target, [...remote.keys()]);
  }
  await downloadFiles(filesOf(remote, names, transfer), transfer);
  const snapshot = join(cache.snapshots, commit);
  if (names.includes(indexFileName)) {
    const shards = new Set((await readWeightIndex(snapshot))?.values());
    await downloadFiles(filesOf(remote, [...names, ...shards], transfer), transfer);
  }
  await writeRef(cache, revision, commit);
  return snapshot;
}

function filesOf(remote: ReadonlyMap<string, RemoteFile>, names: readonly string[], { target }: Transfer) {
  return names.map((name) => {
    const file = remote.get(name);
    if (file !== undefined && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(file.hash)) return file;
    throw new RlloomError('model', {
      what:
        file === undefined ? `the model has no ${name}, which its index names` : `the hub gives no hash for ${name}`,
      where: `${target.endpoint}/${target.id}/tree/${target.revision}`,
      fix: 'tell the owner of the model, or choose another revision',
    });
  });
}

async function downloadFiles(files: readonly RemoteFile[], transfer: Transfer): Promise<void> {
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const file of files) {
    const done = before;
    await downloadFile(file, transfer, (fileBytes) =>
      transfer.onProgress?.({
        model: transfer.target.id,
        file: file.path,
        fileBytes,
        fileTotalBytes: file.size,
        bytes: done + fileBytes,
        totalBytes,
      }),
    );
    before += file.size;
  }
}

async function downloadFile(file: RemoteFile, transfer: Transfer, onBytes: (bytes: number) => void): Promise<void> {
  const { cache, commit, fetch, signal, target } = transfer;
  const path = join(cache.snapshots, commit, file.path);
  // Python's cache without symbolic links has the file itself there.
  if ((await sizeOf(path)) === file.size) return;
  const blob = join(cache.blobs, file.hash);
  await withFileLock(join(cache.locks, `${file.hash}.rlloom.lock`), signal, async () => {
    if ((await sizeOf(blob)) !== file.size) {
      const url = `${target.endpoint}/${target.id}/resolve/${commit}/${encodeURI(file.path)}`;
      await downloadBlob(blob, file, { fetch, url, onBytes, signal });
    }
    await linkBlob(blob, path);
  });
}
