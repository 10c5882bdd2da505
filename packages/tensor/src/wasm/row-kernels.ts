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
