import { type FileHandle, open } from 'node:fs/promises';
import { RlloomError } from '@rlloom/spec';
import { decodeElements, isElementType } from './element-types.ts';
import { brokenFile, maxHeaderBytes, parseSafetensorsHeader, type SafetensorsHeader } from './safetensors-header.ts';

/** An open safetensors file whose tensors are read one at a time. */
export interface SafetensorsFile extends SafetensorsHeader {
  readonly path: string;
  /**
   * The values of one tensor as float32. Throws an `RlloomError` of kind `model` for another number type or a value
   * that is not finite.
   */
  read(name: string): Promise<Float32Array>;
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
    const length = Number(new DataView(await readBytes(handle, 0, 8)).getBigUint64(0, true));
    if (length > maxHeaderBytes) throw brokenFile(path, `no safetensors file: its header would have ${length} bytes`);
    if (8 + length > size)
      throw brokenFile(path, `the file is truncated: ${size} bytes, its header alone has ${length}`);
    const text = new TextDecoder().decode(await readBytes(handle, 8, length));
    const header = parseSafetensorsHeader(text, { dataBytes: size - 8 - length, where: path });
    return {
      ...header,
      path,
      read: (name) => readTensor({ handle, header, path, dataStart: 8 + length }, name),
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

async function readTensor({ handle, header, path, dataStart }: OpenFile, name: string): Promise<Float32Array> {
  const entry = header.tensors.get(name);
  const where = `${path}: ${name}`;
  if (entry === undefined) throw brokenFile(where, 'the file has no such tensor');
  if (!isElementType(entry.dtype)) {
    throw new RlloomError('model', {
      what: `number type ${entry.dtype} is not supported`,
      where,
      fix: 'convert the weights to F32, BF16 or F16; quantised weights have to be dequantised first',
    });
  }
  const bytes = await readBytes(handle, dataStart + entry.begin, entry.end - entry.begin);
  const values = decodeElements(bytes, entry.dtype);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RlloomError('model', {
      what: `element ${bad} is ${values[bad]}`,
      where,
      fix: 'the weights are damaged, or the training that made them diverged: take an earlier checkpoint',
    });
  }
  return values;
}

// One read call cannot return 2 GiB.
const maxReadBytes = 2 ** 30;

async function readBytes(handle: FileHandle, position: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, Math.min(maxReadBytes, length - done), position + done);
    if (bytesRead === 0) throw new RlloomError('model', { what: 'a weight file became shorter while it was read' });
    done += bytesRead;
  }
  return bytes.buffer;
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
