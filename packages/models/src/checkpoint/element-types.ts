import { getFloat16, setFloat16 } from '@petamoriken/float16';

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
  if (type === 'BF16') {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i++) halves[i] = toBfloat16(bits[i] as number);
  } else {
    const view = new DataView(halves.buffer);
    for (let i = 0; i < values.length; i++) setFloat16(view, 2 * i, values[i] as number, true);
  }
  return new Uint8Array(halves.buffer);
}

function toBfloat16(bits: number): number {
  const isNaN = (bits & 0x7fffffff) > 0x7f800000;
  // Rounding could carry a NaN into infinity.
  if (isNaN) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
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
