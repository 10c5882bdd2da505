import { decodeElements, type ElementType, isElementType } from './element-types.ts';

type Decoder = (bytes: Uint8Array, target: Float32Array) => void;

/** Whether a dtype of a safetensors header is a floating-point type that becomes float32 numbers. */
export function isFloatType(dtype: string): boolean {
  return isElementType(dtype) || dtype === 'F64';
}

/**
 * The function that turns little-endian bytes of a dtype into float32 numbers, as many as `target` has. F16 and BF16
 * widen without loss, F64 rounds to the nearest, integers and booleans are numbers.
 *
 * @returns `undefined` for a dtype that is not read: 8-bit and smaller floats
 */
export function decoderOf(dtype: string): Decoder | undefined {
  if (isElementType(dtype)) return floatDecoder(dtype);
  const read = Object.hasOwn(readers, dtype) ? readers[dtype] : undefined;
  if (read === undefined) return undefined;
  return (bytes, target) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.byteLength / target.length;
    for (let i = 0; i < target.length; i++) target[i] = read(view, i * size);
  };
}

function floatDecoder(type: ElementType): Decoder {
  return (bytes, target) => {
    decodeElements(bytes, type, target);
  };
}

const readers: Readonly<Record<string, (view: DataView, offset: number) => number>> = {
  F64: (view, offset) => view.getFloat64(offset, true),
  I64: (view, offset) => Number(view.getBigInt64(offset, true)),
  U64: (view, offset) => Number(view.getBigUint64(offset, true)),
  I32: (view, offset) => view.getInt32(offset, true),
  U32: (view, offset) => view.getUint32(offset, true),
  I16: (view, offset) => view.getInt16(offset, true),
  U16: (view, offset) => view.getUint16(offset, true),
  I8: (view, offset) => view.getInt8(offset),
  U8: (view, offset) => view.getUint8(offset),
  BOOL: (view, offset) => view.getUint8(offset),
};
