import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { tf } from '../tf.ts';
import { batchMatMulKernel } from './batch-mat-mul.ts';
import { boolUnsafeKernels, throughIntegers } from './bool-kernels.ts';
import { concatKernel, packKernel } from './concat-kernels.ts';
import { exponentialKernel } from './exponential-kernel.ts';
import { gatherKernel } from './gather-kernel.ts';
import { padKernel, tileKernel, transposeKernel } from './layout-kernels.ts';
import { castKernel, identityKernel } from './share-kernels.ts';
import { adamStepKernel, sumOfSquaresKernel } from './optimizer-kernels.ts';
import { refuseFullMemory } from './refuse-full-memory.ts';
import { loadSimdKernels, type SimdKernels } from './simd-kernels.ts';
import { replaceRowsKernel, uninitializedKernel, writeRowsKernel } from './row-kernels.ts';
import { sliceKernel, splitKernel, unpackKernel } from './slice-kernels.ts';
import { meanKernel, sumKernel } from './sum-kernels.ts';
import { unsortedSegmentSumKernel } from './unsorted-segment-sum.ts';
import { registerWasmKernel, type WasmKernel } from './wasm-kernel.ts';

const prepared = new WeakSet<BackendWasm>();

/** Gives the active wasm backend the kernels it lacks, right ones for those that are wrong, fast ones for the slow. */
export function registerWasmKernels(threads: number): void {
  const backend = tf.backend() as BackendWasm;
  if (prepared.has(backend)) return;
  prepared.add(backend);
  refuseFullMemory(backend);
  const kernels = loadSimdKernels(backend, threads);
  registerWasmKernel('UnsortedSegmentSum', () => unsortedSegmentSumKernel(kernels));
  registerWasmKernel('Uninitialized', uninitializedKernel);
  registerWasmKernel('WriteRows', writeRowsKernel);
  registerWasmKernel('ReplaceRows', replaceRowsKernel);
  registerWasmKernel('Identity', identityKernel);
  registerWasmKernel('Cast', castKernel);
  const { kernelFunc: cast } = tf.getKernel('Cast', 'wasm') as unknown as {
    readonly kernelFunc: WasmKernel<tf.TensorInfo>;
  };
  for (const name of boolUnsafeKernels) registerWasmKernel(name, (stock) => throughIntegers(stock, cast));
  if (kernels === undefined) return;
  for (const [name, make] of Object.entries(simdKernels)) registerWasmKernel(name, (stock) => make(kernels, stock));
}

const simdKernels: Readonly<Record<string, (kernels: SimdKernels, stock: WasmKernel) => WasmKernel>> = {
  AdamStep: adamStepKernel,
  BatchMatMul: batchMatMulKernel,
  Concat: concatKernel,
  Exp: exponentialKernel,
  GatherV2: gatherKernel,
  Mean: meanKernel,
  Pack: packKernel,
  PadV2: padKernel,
  Slice: sliceKernel,
  SplitV: splitKernel,
  Sum: sumKernel,
  SumOfSquares: sumOfSquaresKernel,
  Tile: tileKernel,
  Transpose: transposeKernel,
  Unpack: unpackKernel,
};
