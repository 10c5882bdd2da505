import { RlloomError } from '@rlloom/spec';
import { tf } from '../tf.ts';
import type { BackendChoice, BackendName, BackendNotLoaded, LoadedBackend } from './backend-choice.ts';
import { loadCpuBackend } from './load-cpu-backend.ts';
import { loadWasmBackend } from './load-wasm-backend.ts';

/** Which backend to take, and where `rlloom setup` keeps the native ones. */
export interface SelectBackendOptions {
  /** A backend by name, or `auto` (default): the first of {@link autoOrder} that loads. */
  readonly backend?: 'auto' | BackendName;
  /** Folder `rlloom setup` provisions native libraries into. Default: the user's cache folder. */
  readonly cacheDirectory?: string;
}

type Loader = (options: SelectBackendOptions) => Promise<LoadedBackend | BackendNotLoaded>;

const loaders: Partial<Record<BackendName, Loader>> = {
  wasm: loadWasmBackend,
  cpu: loadCpuBackend,
};

/** The order in which `auto` tries backends: fastest first. `webgpu` is taken only when asked for. */
export const autoOrder: readonly BackendName[] = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'];

/**
 * Loads a TensorFlow.js backend, makes it the active one, and says which and why.
 *
 * @throws RlloomError kind `backend` when the backend asked for by name does not load
 * @example
 * ```ts
 * const choice = await selectBackend({ backend: 'wasm' });
 * choice.tfjsBackendName; // => 'wasm'
 * ```
 */
export async function selectBackend(options: SelectBackendOptions = {}): Promise<BackendChoice> {
  // Without it tfjs advises on the console to install tfjs-node, on the first tensor.
  tf.env().set('PROD', true);
  const wanted = options.backend ?? 'auto';
  const candidates = wanted === 'auto' ? autoOrder : [wanted];
  const tried: { name: BackendName; reason: string }[] = [];
  for (const name of candidates) {
    const loader = loaders[name];
    if (loader === undefined) continue;
    const result = await loader(options);
    if (result.loaded) {
      const { loaded: _, reason, ...rest } = result;
      return { ...rest, name, reason: `${name}: ${reason}`, tried };
    }
    tried.push({ name, reason: result.reason });
  }
  throw new RlloomError('backend', {
    what: `no backend loaded; ${tried.map(({ name, reason }) => `${name}: ${reason}`).join('; ')}`,
    fix: 'run "rlloom doctor"',
  });
}
