import type { tf } from '../tf.ts';
import { input, share, type WasmKernel } from './wasm-kernel.ts';

/** `Identity` without a copy: gradients save a clone of nearly every tensor. */
export function identityKernel(stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    return x.dtype === 'string' ? stock(call) : share(call.backend, x, x.shape);
  };
}

/** `Cast` without a copy where the type stays, and to `bool` by "is it zero?" where tfjs keeps the low byte. */
export function castKernel(stock: WasmKernel): WasmKernel {
  return (call) => {
    const x = input(call, 'x');
    const { dtype } = call.attrs as { readonly dtype: tf.DataType };
    if (x.dtype === 'string') return stock(call);
    if (x.dtype === dtype) return share(call.backend, x, x.shape);
    if (dtype !== 'bool') return stock(call);
    const out = call.backend.makeOutput(x.shape, 'bool');
    const from = call.backend.typedArrayFromHeap(x);
    const to = call.backend.typedArrayFromHeap(out);
    for (let i = 0; i < from.length; i++) to[i] = from[i] === 0 ? 0 : 1;
    return out;
  };
}
