import { tf } from '../tf.ts';
import { forEachRun } from '../rows/for-each-run.ts';
import { addressOf, input, type WasmKernel } from './wasm-kernel.ts';

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
  return ({ inputs, backend }) => {
    const { target, places, rows } = inputs as Record<'target' | 'places' | 'rows', tf.TensorInfo>;
    const placeOf = backend.typedArrayFromHeap(places) as Int32Array;
    const heap = new Float32Array(placeOf.buffer);
    const [to, from] = [target, rows].map((info) => addressOf(backend, info) / 4) as [number, number];
    const size = tf.util.sizeFromShape(target.shape.slice(1));
    forEachRun(placeOf, (row, count, place) => {
      const [source, target, length] = [from + row * size, to + place * size, count * size];
      if (length > callPays) heap.copyWithin(target, source, source + length);
      else for (let i = 0; i < length; i++) heap[target + i] = heap[source + i] as number;
    });
    return [];
  };
}

/** Numbers from which `copyWithin` is faster than a loop: a call of it takes as long as some 64 turns. */
const callPays = 64;
