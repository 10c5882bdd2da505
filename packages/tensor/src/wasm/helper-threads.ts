import { Worker } from 'node:worker_threads';

/** What a helper thread computes with. */
export interface HelperThread {
  /** The compiled kernels. */
  readonly module: object;
  /** The memory they share with tfjs. */
  readonly memory: object;
  /** Address of the control block of `parallelGemm`. */
  readonly control: number;
  /** Address of scratch memory of the thread's own. */
  readonly scratch: number;
}

// A script rather than a file: it is the same from the sources and from dist, and needs no loader.
const script = `
const { module, memory, control, scratch } = require('node:worker_threads').workerData;
new WebAssembly.Instance(module, { env: { memory } }).exports.work(control, scratch);
`;

/** Starts a thread that helps with matrix products. It sleeps between them and never keeps the process alive. */
export function startHelperThread(thread: HelperThread): void {
  new Worker(script, { eval: true, execArgv: [], workerData: thread }).unref();
}
