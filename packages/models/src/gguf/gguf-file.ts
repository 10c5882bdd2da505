import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RlloomError, toStorageError } from '@rlloom/spec';
import { formatOf, type GgufDtype } from './gguf-elements.ts';
import { type GgufMetadata, serializeMetadata } from './gguf-metadata.ts';

/** A tensor to write. */
export interface GgufTensor {
  readonly name: string;
  /** The last number is the length of a row; the file lists them the other way round. */
  readonly shape: readonly number[];
  /** Stored as float32 whatever the file's number type is. */
  readonly exact?: boolean;
  /** Its numbers in rows; asked for once, when it is written. */
  values(): Promise<Float32Array>;
}

/** What a GGUF file holds. */
export interface GgufContents {
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
  /** Number type of matrices; vectors are float32. */
  readonly dtype: GgufDtype;
}

/**
 * Writes a GGUF file, version 3, a tensor at a time. The file appears complete or not at all, and is on the disk then.
 *
 * @throws RlloomError kind `storage` when the disk is full or the file cannot be written, kind `model` for a weight that
 * the number type cannot hold; what was there is intact
 */
export async function writeGgufFile(path: string, contents: GgufContents): Promise<void> {
  const target = resolve(path);
  const temporary = `${target}.tmp-${randomUUID()}`;
  try {
    await mkdir(dirname(target), { recursive: true });
    await writeContents(temporary, contents);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw toStorageError(error, path);
  }
}

async function writeContents(path: string, { metadata, tensors, dtype }: GgufContents): Promise<void> {
  const placed = placeTensors(tensors, dtype);
  const head = await serializeMetadata(metadata, tensors.length);
  const list = Buffer.concat(placed.map(tensorInfo));
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(head);
    await handle.writeFile(list);
    await handle.writeFile(padding(head.length + list.length));
    for (const { tensor, format, bytes } of placed) {
      const values = await tensor.values();
      checkRange(tensor.name, values, format.limit);
      // In pieces of whole rows: encoded, a tensor never is in memory as a whole.
      const step = Math.max(1, Math.floor(pieceLength / format.blockLength)) * format.blockLength;
      for (let start = 0; start < values.length; start += step) {
        await handle.writeFile(format.encode(values.subarray(start, start + step)));
      }
      await handle.writeFile(padding(bytes));
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function checkRange(name: string, values: Float32Array, limit: number): void {
  if (limit === Number.POSITIVE_INFINITY) return;
  const index = values.findIndex((value) => Math.abs(value) >= limit && Number.isFinite(value));
  if (index < 0) return;
  throw new RlloomError('model', {
    what: `${name} has the weight ${values[index]}, which this number type cannot hold: it would be infinite`,
    where: `${name}, element ${index}`,
    fix: 'write the file as bf16 or f32',
  });
}

interface PlacedTensor {
  readonly tensor: GgufTensor;
  readonly format: ReturnType<typeof formatOf>;
  /** From the start of all tensors. */
  readonly offset: number;
  readonly bytes: number;
}

function placeTensors(tensors: readonly GgufTensor[], dtype: GgufDtype): PlacedTensor[] {
  let offset = 0;
  return tensors.map((tensor) => {
    const format = formatOf(tensor.shape, dtype, tensor.exact);
    const size = tensor.shape.reduce((a, b) => a * b, 1);
    const placed = { tensor, format, offset, bytes: (size / format.blockLength) * format.blockBytes };
    offset += placed.bytes + padding(placed.bytes).length;
    return placed;
  });
}

/** Name, dimensions, number type and place of a tensor. */
function tensorInfo({ tensor, format, offset }: PlacedTensor): Buffer {
  const name = Buffer.from(tensor.name, 'utf8');
  const info = Buffer.alloc(8 + name.length + 4 + 8 * tensor.shape.length + 4 + 8);
  let at = info.writeBigUInt64LE(BigInt(name.length), 0);
  at += name.copy(info, at);
  at = info.writeUInt32LE(tensor.shape.length, at);
  for (const size of tensor.shape.toReversed()) at = info.writeBigUInt64LE(BigInt(size), at);
  at = info.writeUInt32LE(format.id, at);
  info.writeBigUInt64LE(BigInt(offset), at);
  return info;
}

function padding(length: number): Uint8Array {
  return new Uint8Array((alignment - (length % alignment)) % alignment);
}

const alignment = 32;
const pieceLength = 2 ** 20;
