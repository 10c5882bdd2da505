import { type FileHandle, open } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { brokenFile, maxHeaderBytes, parseSafetensorsHeader, type SafetensorsHeader } from './safetensors-header.ts';
import { decoderOf } from './stored-types.ts';

/** Options of reading a tensor. */
export interface ReadOptions {
  /** Take NaN and infinite values as they are. Default `false`: they are an error. */
  readonly allowNonFinite?: boolean;
  /** Where the values go, at its start, if it has room for them. Default: a new array. */
  readonly into?: Float32Array;
  /** The first element that is read. Default 0. */
  readonly start?: number;
  /** How many are read. Default: all from there. */
  readonly count?: number;
}

/** An open safetensors file whose tensors are read one at a time. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /**
   * The values of one tensor as float32; beside them no more than 4 MiB of the file are in memory. Throws an
   * `RlloomError` of kind `model` for a number type that is not read, or a value that is not finite.
   */
  read(name: string, options?: ReadOptions): Promise<Float32Array>;
  /** Closes the file; nothing can be read afterwards. */
  close(): Promise<void>;
}

/**
 * Opens a safetensors file and checks its header against the length of the file.
 *
 * @throws RlloomError kind `model` when the file is missing, truncated or damaged
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const handle = await openFile(path);
  try {
    const { size } = await handle.stat();
    if (size < 8) throw brokenFile(path, `the file is truncated: ${size} bytes are too few for a header`);
    const length = Number(
      new DataView((await readBytes(handle, { position: 0, length: 8, where: path })).buffer).getBigUint64(0, true),
    );
    if (length > maxHeaderBytes) throw brokenFile(path, `no safetensors file: its header would have ${length} bytes`);
    if (8 + length > size)
      throw brokenFile(path, `the file is truncated: ${size} bytes, its header alone has ${length}`);
    const text = new TextDecoder().decode(await readBytes(handle, { position: 8, length, where: path }));
    const header = parseSafetensorsHeader(text, { dataBytes: size - 8 - length, where: path });
    return {
      ...header,
      path,
      read: (name, readOptions) => readTensor({ handle, header, path, dataStart: 8 + length }, name, readOptions),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly header: SafetensorsHeader;
  readonly path: string;
  readonly dataStart: number;
}

async function readTensor(
  { handle, header, path, dataStart }: OpenFile,
  name: string,
  options: ReadOptions = {},
): Promise<Float32Array> {
  const entry = header.tensors.get(name);
  const where = `${path}: ${name}`;
  if (entry === undefined) throw brokenFile(where, 'the file has no such tensor');
  const decode = decoderOf(entry.dtype);
  if (decode === undefined) throw unreadableType(entry.dtype, where);
  const size = entry.shape.reduce((a, b) => a * b, 1);
  const { start = 0, count = size - start, into, allowNonFinite = false } = options;
  const values = into !== undefined && into.length >= count ? into.subarray(0, count) : new Float32Array(count);
  if (count === 0) return values;
  const elementBytes = (entry.end - entry.begin) / size;
  const first = dataStart + entry.begin + start * elementBytes;
  const step = chunkBytes / elementBytes;
  const chunk = new Uint8Array(Math.min(chunkBytes, count * elementBytes));
  for (let done = 0; done < count; done += step) {
    const part = values.subarray(done, done + step);
    const bytes = chunk.subarray(0, part.length * elementBytes);
    await readFully(handle, bytes, { position: first + done * elementBytes, where });
    decode(bytes, part);
    if (!allowNonFinite) checkFinite(part, start + done, where);
  }
  return values;
}

/** An error about a tensor whose number type is not read. */
export function unreadableType(dtype: string, where: string): RlloomError {
  return new RlloomError('model', {
    what: `number type ${dtype} is not supported`,
    where,
    fix: 'convert the weights to F32, BF16 or F16; quantised weights have to be dequantised first',
  });
}

function checkFinite(values: Float32Array, start: number, where: string): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value - value === 0) continue;
    throw new RlloomError('model', {
      what: `element ${start + i} is ${value}`,
      where,
      fix: 'the weights are damaged, or the training that made them diverged: take an earlier checkpoint; allowNonFinite: true of loadModel reads them as they are',
    });
  }
}

// A multiple of every element size. Larger pieces are not faster.
const chunkBytes = 2 ** 22;

async function readFully(
  handle: FileHandle,
  bytes: Uint8Array,
  { position, where }: { readonly position: number; readonly where: string },
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw brokenFile(where, 'the file became shorter while it was read');
    done += bytesRead;
  }
}

async function readBytes(
  handle: FileHandle,
  { length, ...place }: { readonly position: number; readonly length: number; readonly where: string },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await readFully(handle, bytes, place);
  return bytes;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new RlloomError('model', {
      what: isMissing ? 'the file is missing' : 'the file cannot be read',
      where: path,
      fix: isMissing ? 'download or copy the whole model folder again' : 'check its permissions',
      cause: error,
    });
  }
}
