import { tf } from '../tf.ts';
import { input, type WasmKernel } from './wasm-kernel.ts';

/** `Uninitialized`, ours: a float32 tensor of the shape given that is about to be written. */
export function uninitializedKernel(): WasmKernel {
  return ({ attrs, backend }) => backend.makeOutput(attrs['shape'] as number[], 'float32');
}

/** `WriteRows`, ours: puts `rows` into `target`, from row `start` on. Changes its input and returns nothing. */
export function writeRowsKernel(): WasmKernel {
  return (call) => {
    const [target, rows] = [input(call, 'target'), input(call, 'rows')];
    const from = call.backend.typedArrayFromHeap(rows);
    const rowSize = from.length / (rows.shape[0] as number);
    if (from.length > 0) call.backend.typedArrayFromHeap(target).set(from, (call.attrs['start'] as number) * rowSize);
    return [];
  };
}

/** `ReplaceRows`, ours: puts row `i` of `rows` into `target` at `places[i]`. Changes its input and returns nothing. */
export function replaceRowsKernel(): WasmKernel {
  return (call) => {
    const [target, places, rows] = [input(call, 'target'), input(call, 'places'), input(call, 'rows')];
    const [to, from] = [call.backend.typedArrayFromHeap(target), call.backend.typedArrayFromHeap(rows)];
    const size = tf.util.sizeFromShape(target.shape.slice(1));
    for (const [row, place] of (call.backend.typedArrayFromHeap(places) as Int32Array).entries()) {
      to.set(from.subarray(row * size, (row + 1) * size), place * size);
    }
    return [];
  };
}
