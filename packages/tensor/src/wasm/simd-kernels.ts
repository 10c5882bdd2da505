import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { startHelperThread } from './helper-threads.ts';
import { kernelsBinary } from './kernels-binary.ts';
import { withSharedMemory } from './shared-memory.ts';
import { webAssembly } from './web-assembly.ts';

// biome-ignore format: the groups of arguments as in assembly/gemm.ts
type Product = [
  batch: number, m: number, n: number, k: number,
  a: number, aBatchStride: number, transposeA: boolean,
  b: number, bBatchStride: number, transposeB: boolean,
  c: number,
];
// biome-ignore format: the groups of arguments as in assembly/copy.ts
type StridedCopy = [
  d0: number, d1: number, d2: number, d3: number,
  from: number, s0: number, s1: number, s2: number, s3: number,
  to: number, t0: number, t1: number, t2: number, t3: number,
];
// biome-ignore format: the groups of arguments as in assembly/copy.ts
type GatherRows = [
  batch: number, from: number, rows: number, rowSize: number, indices: number, count: number, to: number,
];
type AddRows = [from: number, rowSize: number, segments: number, count: number, to: number, rows: number];
type Sum = [outer: number, reduced: number, inner: number, from: number, to: number, scale: number];
// biome-ignore format: the groups of arguments as in assembly/adam.ts
type Adam = [
  length: number, update: number, m: number, v: number,
  keep1: number, take1: number, keep2: number, take2: number, scale: number, floor: number,
  to: number, nextM: number, nextV: number,
];

/**
 * The functions of `assembly/`, bound to one backend's heap. Addresses are bytes on that heap; the calls are
 * documented where they are written.
 */
export interface SimdKernels {
  /** `gemm`, by several threads where that pays. */
  readonly multiply: (...call: Product) => void;
  readonly stridedCopy: (...call: StridedCopy) => void;
  readonly fill: (to: number, length: number, bits: number) => void;
  readonly gatherRows: (...call: GatherRows) => number;
  readonly addRows: (...call: AddRows) => void;
  readonly sum: (...call: Sum) => void;
  readonly sumOfSquares: (length: number, from: number) => number;
  readonly exponential: (length: number, from: number, to: number) => void;
  readonly adam: (...call: Adam) => void;
}

interface KernelExports extends Omit<SimdKernels, 'multiply'> {
  readonly gemm: (...call: [...Product, scratch: number]) => void;
  readonly gemmScratchBytes: () => number;
  readonly parallelGemm: (...call: [...Product, scratch: number, control: number, threads: number]) => void;
  readonly controlBytes: () => number;
}

/** Operations of a product below which waking other threads costs more than they do. */
const parallelOperations = 4e6;

/**
 * Instantiates the kernels on the heap of `backend`; `undefined` where that cannot be: no SIMD, or a build of tfjs
 * that keeps its memory to itself. The stock kernels do the work there.
 *
 * @param threads used for large matrix products; more than one needs a backend whose memory is shared. Helper
 * threads start at the first such product and never keep the process alive
 */
export function loadSimdKernels(backend: BackendWasm, threads: number): SimdKernels | undefined {
  const { asm = {}, _malloc } = backend.wasm as unknown as EmscriptenModule;
  const memory = Object.values(asm).find((value) => value instanceof webAssembly.Memory);
  const shared = memory?.buffer instanceof SharedArrayBuffer;
  const binary = withSharedMemory(Buffer.from(kernelsBinary, 'base64'), shared);
  if (memory === undefined || binary === undefined || !webAssembly.validate(binary)) return undefined;
  const module = new webAssembly.Module(binary);
  const { gemm, parallelGemm, ...kernels } = new webAssembly.Instance(module, { env: { memory } })
    .exports as KernelExports;
  const allocate = (bytes: number): number => {
    const address = _malloc(bytes) >>> 0;
    new Uint8Array(memory.buffer, address, bytes).fill(0);
    return address;
  };
  const scratch = allocate(kernels.gemmScratchBytes());
  if (threads === 1 || !shared) return { ...kernels, multiply: (...call) => gemm(...call, scratch) };

  const control = allocate(kernels.controlBytes());
  let started = false;
  return {
    ...kernels,
    multiply: (...call) => {
      const [batch, m, n, k] = call;
      if (batch * m * n * k * 2 < parallelOperations) {
        gemm(...call, scratch);
        return;
      }
      if (!started) {
        started = true;
        for (let i = 1; i < threads; i++) {
          startHelperThread({ module, memory, control, scratch: allocate(kernels.gemmScratchBytes()) });
        }
      }
      parallelGemm(...call, scratch, control, threads);
    },
  };
}

/** The inside of tfjs's module that its types do not show. */
interface EmscriptenModule {
  /** What the module exports, its memory among it. */
  readonly asm?: Readonly<Record<string, unknown>>;
  readonly _malloc: (bytes: number) => number;
}
