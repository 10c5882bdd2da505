import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRlloomError, RlloomError } from '@rlloom/spec';
import { sizeOf } from './hub-cache.ts';

/** A file of the hub. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** Its hash, which names it in the cache: SHA-256 of a large file, git's SHA-1 of others. */
  readonly hash: string;
}

/** Where a file comes from and who is told. */
export interface BlobDownload {
  readonly fetch: typeof fetch;
  readonly url: string;
  /** Called with the number of bytes that are here. */
  readonly onBytes: (bytes: number) => void;
  readonly signal: AbortSignal | undefined;
}

/** How often the connection may break without a byte arriving in between. */
const maxFruitlessAttempts = 4;

/**
 * Downloads a file to `blob`, going on from a part that an earlier attempt has left beside it. It appears there when
 * its size and hash are right.
 *
 * @throws RlloomError kind `model` when the contents are not those that the hub announced; the file system's errors; what
 * `download.fetch` throws when the hub refuses, or why the connection broke when it breaks again and again
 */
export async function downloadBlob(blob: string, file: RemoteFile, download: BlobDownload): Promise<void> {
  const partial = `${blob}.rlloom.incomplete`;
  await mkdir(dirname(blob), { recursive: true });
  for (let fruitless = 0; ; ) {
    const before = (await sizeOf(partial)) ?? 0;
    const broken = await appendRest(partial, file, download);
    if (broken === undefined) break;
    fruitless = ((await sizeOf(partial)) ?? 0) > before ? 0 : fruitless + 1;
    if (fruitless >= maxFruitlessAttempts) throw broken;
    await sleep(200 * 2 ** fruitless, undefined, download.signal === undefined ? {} : { signal: download.signal });
  }
  await rename(partial, blob);
}

// Returns why the connection broke, if it did.
async function appendRest(partial: string, file: RemoteFile, download: BlobDownload): Promise<Error | undefined> {
  const handle = await open(partial, 'a');
  try {
    const { hash, broken } = await receive(handle, { partial, file, download });
    if (broken !== undefined) return broken;
    if (hash.digest('hex') === file.hash) return undefined;
  } finally {
    await handle.close();
  }
  await rm(partial);
  throw new RlloomError('model', {
    what: `what arrived does not have the hash that the hub announced, ${file.hash}`,
    where: download.url,
    fix: 'start again; if it happens again, a proxy or mirror on the way changes the file',
  });
}

async function receive(
  handle: FileHandle,
  { partial, file, download }: { partial: string; file: RemoteFile; download: BlobDownload },
): Promise<{ readonly hash: Hash; readonly broken?: Error }> {
  const hash = hashFor(file);
  let { size: done } = await handle.stat();
  for await (const chunk of createReadStream(partial)) hash.update(chunk as Buffer);
  download.onBytes(done);
  if (done >= file.size) return { hash };
  const headers = { 'Accept-Encoding': 'identity', ...(done === 0 ? {} : { Range: `bytes=${done}-` }) };
  const response = await download.fetch(download.url, { headers }).catch((error: unknown) => {
    if (isRlloomError(error) || !(error instanceof Error) || error.name === 'AbortError') throw error;
    return error;
  });
  if (response instanceof Error) return { hash, broken: response };
  if (done > 0 && response.status !== 206) {
    await response.body?.cancel();
    await handle.truncate(0);
    return { hash, broken: new Error('the hub does not send parts of files') };
  }
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  while (done < file.size) {
    const chunk = await reader.read().catch((error: unknown) => ({ done: true, value: undefined, error }));
    if (chunk.done) {
      const cause = 'error' in chunk ? chunk.error : undefined;
      return { hash, broken: new Error(`the connection ended after ${done} of ${file.size} bytes`, { cause }) };
    }
    const bytes = chunk.value as Uint8Array;
    hash.update(bytes);
    await handle.appendFile(bytes);
    done += bytes.length;
    download.onBytes(done);
  }
  await reader.cancel();
  await handle.sync();
  return { hash };
}

function hashFor({ size, hash }: RemoteFile): Hash {
  if (hash.length === 64) return createHash('sha256');
  // What git hashes for a file.
  return createHash('sha1').update(`blob ${size}\0`);
}
