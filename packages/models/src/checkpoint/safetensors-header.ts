import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';

/** One tensor of a safetensors file. Offsets count bytes from the end of the header. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The header of a safetensors file. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/** The format's own bound on the size of a header. */
export const maxHeaderBytes = 100_000_000;

const size = z.int().nonnegative();
const headerSchema = z.record(
  z.string(),
  z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) }),
);
const metadataSchema = z.record(z.string(), z.string()).default({});

const bitsOf: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8 },
  ...{ U16: 16, I16: 16, F16: 16, BF16: 16 },
  ...{ U32: 32, I32: 32, F32: 32 },
  ...{ U64: 64, I64: 64, F64: 64 },
};

/**
 * Reads and checks the JSON header of a safetensors file: every tensor has the bytes its shape takes, and together
 * they cover the data without overlap, hole or overhang.
 *
 * @param text the header as text
 * @param options.dataBytes bytes of the file after the header
 * @param options.where the file, for errors
 * @throws RlloomError kind `model` that names file and tensor
 */
export function parseSafetensorsHeader(
  text: string,
  options: { readonly dataBytes: number; readonly where: string },
): SafetensorsHeader {
  const { dataBytes, where } = options;
  const { __metadata__: metadata, ...rest } = parseJson(text, where);
  const parsed = headerSchema.safeParse(rest);
  const parsedMetadata = metadataSchema.safeParse(metadata);
  if (!parsed.success || !parsedMetadata.success) {
    const issue = (parsed.error ?? parsedMetadata.error)?.issues[0];
    throw brokenFile(where, `the header is not valid: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  const tensors = new Map<string, TensorEntry>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(parsed.data)) {
    tensors.set(name, { dtype, shape, begin: offsets[0], end: offsets[1] });
  }
  checkLayout(tensors, dataBytes, where);
  return { metadata: parsedMetadata.data, tensors };
}

/**
 * The bytes before the data of a safetensors file: length and JSON, padded with spaces so that the data starts at
 * a multiple of eight.
 */
export function serializeSafetensorsHeader(header: SafetensorsHeader): Uint8Array {
  const entries = [...header.tensors].map(([name, { dtype, shape, begin, end }]) => {
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const text = new TextEncoder().encode(
    JSON.stringify({ __metadata__: header.metadata, ...Object.fromEntries(entries) }),
  );
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

/** An error about a damaged weight file. */
export function brokenFile(where: string, what: string): RlloomError {
  return new RlloomError('model', { what, where, fix: 'download or copy the file again' });
}

function parseJson(text: string, where: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw brokenFile(where, 'the header is not a JSON object, so this is not a safetensors file or it is damaged');
}

function checkLayout(tensors: ReadonlyMap<string, TensorEntry>, dataBytes: number, where: string): void {
  let covered = 0;
  let previous = '';
  const byPlace = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { dtype, shape, begin, end }] of byPlace) {
    const at = `${where}: ${name}`;
    const bits = bitsOf[dtype];
    const bytes = bits === undefined ? end - begin : (shape.reduce((a, b) => a * b, 1) * bits) / 8;
    if (end - begin !== bytes) {
      throw brokenFile(
        at,
        `[${shape.join(', ')}] of ${dtype} takes ${bytes} bytes, the header gives it ${end - begin}`,
      );
    }
    if (begin < covered) throw brokenFile(at, `the tensor overlaps ${previous}`);
    if (begin > covered) throw brokenFile(at, `${begin - covered} bytes before the tensor belong to none`);
    if (end > dataBytes)
      throw brokenFile(at, `the file is truncated: it ends ${end - dataBytes} bytes before the tensor`);
    covered = end;
    previous = name;
  }
  if (covered < dataBytes) throw brokenFile(where, `${dataBytes - covered} bytes after the last tensor belong to none`);
}
