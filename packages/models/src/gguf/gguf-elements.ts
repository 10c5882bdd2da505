import { elementSize, encodeElements } from '../checkpoint/element-types.ts';

/** Number types that GGUF files are written in: floats, or blocks of 32 numbers with 8 or 4 bits each and a scale. */
export type GgufDtype = 'f32' | 'f16' | 'bf16' | 'q8_0' | 'q4_0';

interface ElementFormat {
  /** Its number in the file. */
  readonly id: number;
  /** Numbers that are stored together; rows are multiples of it. */
  readonly blockLength: number;
  readonly blockBytes: number;
  /** What `general.file_type` calls a file that is mostly of it. */
  readonly fileType: number;
  /** Numbers of this size and beyond would become infinite. */
  readonly limit: number;
  encode(values: Float32Array): Uint8Array;
}

const blockLength = 32;
// From here on the nearest float16 is infinity.
const float16Limit = 65_520;

type Encoding = Pick<ElementFormat, 'blockBytes' | 'blockLength' | 'encode'>;

function floats(type: 'F32' | 'F16' | 'BF16'): Encoding {
  return { blockLength: 1, blockBytes: elementSize[type], encode: (values) => encodeElements(values, type) };
}

function blocks(bits: 4 | 8): Encoding {
  return { blockLength, blockBytes: 2 + (blockLength * bits) / 8, encode: (values) => encodeBlocks(values, bits) };
}

/** The formats, by the names of llama.cpp's `llama_ftype`, `ggml_type` and `block_*` structures. */
export const elementFormats: Readonly<Record<GgufDtype, ElementFormat>> = {
  f32: { ...floats('F32'), id: 0, fileType: 0, limit: Number.POSITIVE_INFINITY },
  f16: { ...floats('F16'), id: 1, fileType: 1, limit: float16Limit },
  bf16: { ...floats('BF16'), id: 30, fileType: 32, limit: Number.POSITIVE_INFINITY },
  // The scale of a block is a float16.
  q8_0: { ...blocks(8), id: 8, fileType: 7, limit: 127 * float16Limit },
  q4_0: { ...blocks(4), id: 2, fileType: 2, limit: 8 * float16Limit },
};

/**
 * The format a tensor is stored in: vectors stay float32, and so do matrices that say `exact`; a matrix whose rows do not
 * divide into blocks is stored as float16.
 */
export function formatOf(shape: readonly number[], dtype: GgufDtype, exact = false): ElementFormat {
  if (shape.length < 2 || exact) return elementFormats.f32;
  const format = elementFormats[dtype];
  return (shape.at(-1) as number) % format.blockLength === 0 ? format : elementFormats.f16;
}

/** Writes the numbers of the block at `start` to `out`; gives the scale they take. */
type BlockQuantizer = (values: Float32Array, start: number, out: Uint8Array) => number;

function encodeBlocks(values: Float32Array, bits: 4 | 8): Uint8Array {
  const quantize = bits === 8 ? quantize8 : quantize4;
  const numbers = new Uint8Array((blockLength * bits) / 8);
  const stride = 2 + numbers.length;
  const count = values.length / blockLength;
  const out = new Uint8Array(count * stride);
  const scales = new Float32Array(count);
  for (let block = 0; block < count; block++) {
    scales[block] = quantize(values, block * blockLength, numbers);
    out.set(numbers, block * stride + 2);
  }
  const halves = encodeElements(scales, 'F16');
  for (let block = 0; block < count; block++) {
    out[block * stride] = halves[2 * block] as number;
    out[block * stride + 1] = halves[2 * block + 1] as number;
  }
  return out;
}

/** `q = round(x / d)` with `d = max|x| / 127`, signed bytes. */
const quantize8: BlockQuantizer = (values, start, out) => {
  let largest = 0;
  for (let i = 0; i < blockLength; i++) largest = Math.max(largest, Math.abs(values[start + i] as number));
  const scale = Math.fround(largest / 127);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  for (let i = 0; i < blockLength; i++) {
    const scaled = Math.fround((values[start + i] as number) * inverse);
    // Halves go away from zero, as C's roundf rounds.
    out[i] = Math.sign(scaled) * Math.floor(Math.abs(scaled) + 0.5);
  }
  return scale;
};

/** `q = x / d + 8` with `d = −(x of the largest size) / 8`, two numbers to a byte: the first half of the block low. */
const quantize4: BlockQuantizer = (values, start, out) => {
  let extreme = 0;
  for (let i = 0; i < blockLength; i++) {
    const value = values[start + i] as number;
    if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  }
  const scale = Math.fround(extreme / -8);
  const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
  const quantized = (index: number) =>
    Math.min(15, Math.trunc(Math.fround(Math.fround((values[start + index] as number) * inverse) + 8.5)));
  for (let i = 0; i < blockLength / 2; i++) out[i] = quantized(i) | (quantized(i + blockLength / 2) << 4);
  return scale;
};
