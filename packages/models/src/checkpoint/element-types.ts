import { getFloat16 } from '@petamoriken/float16';

/** Number types that weights are written in. */
export type ElementType = 'F32' | 'BF16' | 'F16';

/** Bytes of one element. */
export const elementSize: Readonly<Record<ElementType, number>> = { F32: 4, BF16: 2, F16: 2 };

/** Whether a dtype of a safetensors header is one that is written here. */
export function isElementType(dtype: string): dtype is ElementType {
  return Object.hasOwn(elementSize, dtype);
}

/**
 * Turns little-endian bytes into float32 numbers; BF16 and F16 widen without loss.
 *
 * @param bytes start at a multiple of the element's size in their buffer
 * @param values where the numbers go; default a new array
 * @returns `values`
 */
export function decodeElements(
  bytes: Uint8Array,
  type: ElementType,
  values: Float32Array = new Float32Array(bytes.length / elementSize[type]),
): Float32Array {
  const { buffer, byteOffset } = bytes;
  if (type === 'F32') {
    values.set(new Float32Array(buffer, byteOffset, values.length));
    return values;
  }
  const halves = new Uint16Array(buffer, byteOffset, values.length);
  if (type === 'BF16') {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  } else {
    const table = float16Table();
    for (let i = 0; i < halves.length; i++) values[i] = table[halves[i] as number] as number;
  }
  return values;
}

/** float32 numbers as little-endian bytes; BF16 and F16 round to the nearest, ties to even. */
export function encodeElements(values: Float32Array, type: ElementType): Uint8Array {
  if (type === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const halves = new Uint16Array(values.length);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const round = type === 'BF16' ? toBfloat16 : toFloat16;
  for (let i = 0; i < bits.length; i++) halves[i] = round(bits[i] as number);
  return new Uint8Array(halves.buffer);
}

function toBfloat16(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  // Rounding could carry a NaN into infinity.
  if (isNaN) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

// The library's own conversion of a number takes a microsecond, a minute for a small model.
function toFloat16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // From 65,520 on the nearest is infinity.
  if (size >= 0x477ff000) return sign | 0x7c00;
  // From 2⁻¹⁴ on 13 bits go, and the exponent counts from 15 in place of 127.
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  // Below, numbers are multiples of 2⁻²⁴; up to half of one is 0.
  if (size <= 0x33000000) return sign;
  const shift = 126 - (size >>> 23);
  const mantissa = (size & 0x7fffff) | 0x800000;
  const multiple = mantissa >>> shift;
  return sign | ((mantissa + (1 << (shift - 1)) - 1 + (multiple & 1)) >>> shift);
}

let table: Float32Array | undefined;

// One lookup per element: the library's own conversion takes many times longer.
function float16Table(): Float32Array {
  if (table === undefined) {
    const view = new DataView(new ArrayBuffer(2));
    table = Float32Array.from({ length: 65536 }, (_, bits) => {
      view.setUint16(0, bits, true);
      return getFloat16(view, 0, true);
    });
  }
  return table;
}

/** The bfloat16 number nearest to a float32 number. */
export function roundToBfloat16(value: number): number {
  const bytes = encodeElements(Float32Array.of(value), 'BF16');
  return decodeElements(bytes, 'BF16')[0] as number;
}
