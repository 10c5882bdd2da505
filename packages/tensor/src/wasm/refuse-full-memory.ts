import { RlloomError } from '@rlloom/spec';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/**
 * Makes running out of the 4 GiB that WebAssembly can address an error. tfjs does not look at what its allocator
 * answers, and would go on at address 0, over its own data.
 */
export function refuseFullMemory(backend: BackendWasm): void {
  const module = backend.wasm as unknown as { _malloc: (bytes: number) => number };
  // The first call puts the allocator itself in the place of a function that looks it up.
  module._malloc(0);
  const allocate = module._malloc;
  module._malloc = (bytes) => {
    const address = allocate(bytes);
    if (address !== 0 || bytes === 0) return address;
    throw new RlloomError('backend', {
      what: `${bytes} bytes do not fit into the 4 GiB of memory that WebAssembly has`,
      fix: 'take fewer tokens per micro-batch or a smaller batch, or the native backend: rlloom setup --backend cpu',
    });
  };
}
