import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { kernelsBinary } from './kernels-binary.ts';

/**
 * The functions of `assembly/`, bound to one backend's heap. Addresses are bytes on that heap; the calls are
 * documented where they are written.
 */
export interface SimdKernels {
  /** Memory of the kernels' own, for `gemm`. */
  readonly scratch: number;
  // biome-ignore-start format: the groups of arguments as in assembly/
  gemm(
    batch: number,
    m: number,
    n: number,
    k: number,
    a: number,
    aBatchStride: number,
    transposeA: boolean,
    b: number,
    bBatchStride: number,
    transposeB: boolean,
    c: number,
    scratch: number,
  ): void;
  stridedCopy(
    d0: number,
    d1: number,
    d2: number,
    d3: number,
    from: number,
    s0: number,
    s1: number,
    s2: number,
    s3: number,
    to: number,
    t0: number,
    t1: number,
    t2: number,
    t3: number,
  ): void;
  gatherRows(
    batch: number,
    from: number,
    rows: number,
    rowSize: number,
    indices: number,
    count: number,
    to: number,
  ): number;
  adam(
    length: number,
    update: number,
    m: number,
    v: number,
    keep1: number,
    take1: number,
    keep2: number,
    take2: number,
    scale: number,
    floor: number,
    to: number,
    nextM: number,
    nextV: number,
  ): void;
  // biome-ignore-end format: the groups of arguments as in assembly/
  fill(to: number, length: number, bits: number): void;
  addRows(from: number, rowSize: number, segments: number, count: number, to: number, rows: number): void;
  sum(outer: number, reduced: number, inner: number, from: number, to: number, scale: number): void;
  sumOfSquares(length: number, from: number): number;
  exponential(length: number, from: number, to: number): void;
}

const { WebAssembly: webAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };

/**
 * Instantiates the kernels on the heap of `backend`; `undefined` where that cannot be: no SIMD, or a build of tfjs
 * that keeps its memory to itself. The stock kernels do the work there.
 */
export function loadSimdKernels(backend: BackendWasm): SimdKernels | undefined {
  const binary = Buffer.from(kernelsBinary, 'base64');
  const { asm = {}, _malloc } = backend.wasm as unknown as EmscriptenModule;
  const memory = Object.values(asm).find((value) => value instanceof webAssembly.Memory);
  if (memory === undefined || !webAssembly.validate(binary)) return undefined;
  const instance = new webAssembly.Instance(new webAssembly.Module(binary), { env: { memory } });
  const exports = instance.exports as SimdKernels & { gemmScratchBytes(): number };
  return { ...exports, scratch: _malloc(exports.gemmScratchBytes()) >>> 0 };
}

/** The inside of tfjs's module that its types do not show. */
interface EmscriptenModule {
  /** What the module exports, its memory among it. */
  readonly asm?: Readonly<Record<string, unknown>>;
  _malloc(bytes: number): number;
}

/** The part of the WebAssembly API used here; TypeScript has its types in the browser library only. */
interface WebAssemblyApi {
  readonly Memory: abstract new () => object;
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(binary: Uint8Array): boolean;
}
