import { RlloomError } from '@rlloom/spec';
import { registerGradients } from '../gradients/register-gradients.ts';
import { loadNativeBackend, type LoadNativeOptions } from '../native/load-native-backend.ts';
import { tf } from '../tf.ts';
import { loadWebgpuBackend } from '../webgpu/load-webgpu-backend.ts';
import type { BackendChoice, BackendName, BackendNotLoaded, LoadedBackend } from './backend-choice.ts';
import { loadCpuBackend } from './load-cpu-backend.ts';
import { loadWasmBackend } from './load-wasm-backend.ts';
import { repairKernels } from './repair-kernels.ts';

/** Which backend to take, and where `rlloom setup` keeps the native ones. */
export interface SelectBackendOptions {
  /** A backend by name, or `auto`: the first of {@link autoOrder} that loads. Default `auto`. */
  readonly backend?: 'auto' | BackendName;
  /** Folder that `rlloom setup` provisions native libraries into. Default: the user's cache folder. */
  readonly cacheDirectory?: string;
  /**
   * Threads one operation may use, fixed by the first call of the process. Default: the machine's, on wasm at most 8.
   */
  readonly threads?: number;
}

type Loader = (options: SelectBackendOptions) => Promise<LoadedBackend | BackendNotLoaded>;

const loaders: Readonly<Record<BackendName, Loader>> = {
  'tfjs-node-gpu': (options) => loadNativeBackend({ kind: 'gpu', ...nativeOptions(options) }),
  'tfjs-node': (options) => loadNativeBackend({ kind: 'cpu', ...nativeOptions(options) }),
  webgpu: loadWebgpuBackend,
  wasm: loadWasmBackend,
  cpu: loadCpuBackend,
};

const fixes: Readonly<Record<BackendName, string>> = {
  'tfjs-node-gpu': 'run "rlloom setup --backend gpu", or take --backend auto',
  'tfjs-node': 'run "rlloom setup --backend cpu", or take --backend auto',
  webgpu:
    'install the optional packages "webgpu" and "@tensorflow/tfjs-backend-webgpu" and a Vulkan, Metal or D3D12 driver, or take --backend auto',
  wasm: 'install @rlloom/tensor anew, so that the .wasm files of @tensorflow/tfjs-backend-wasm are beside its code, or take --backend cpu',
  cpu: 'install @rlloom/tensor anew',
};

/** The order in which `auto` tries backends: fastest first. `webgpu` is taken only when asked for. */
export const autoOrder: readonly BackendName[] = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'];

/**
 * Loads a TensorFlow.js backend, makes it the active one, and says which and why. Call it before the first tensor
 * is made; calling it again switches.
 *
 * @throws RlloomError kind `backend` when the backend asked for by name does not load
 * @example
 * ```ts
 * const choice = await selectBackend({ backend: 'wasm' });
 * choice.tfjsBackendName; // => 'wasm'
 * ```
 */
export async function selectBackend(options: SelectBackendOptions = {}): Promise<BackendChoice> {
  const { backend: wanted = 'auto' } = options;
  // Without it tfjs advertises tfjs-node on the console at the first tensor; its errors are thrown all the same.
  tf.env().set('PROD', true);
  const tried: { name: BackendName; reason: string }[] = [];
  for (const name of wanted === 'auto' ? autoOrder : [wanted]) {
    const result = await load(name, options);
    if (result.loaded) {
      registerGradients();
      const { tfjsBackendName, libraryVersion, threads, device } = result;
      repairKernels(tfjsBackendName);
      const reason = `${wanted === 'auto' ? 'the first that loads' : 'asked for by name'}: ${result.reason}`;
      return { name, tfjsBackendName, reason, tried, libraryVersion, threads, device };
    }
    tried.push({ name, reason: result.reason });
  }
  throw new RlloomError('backend', {
    what: tried.map(({ name, reason }) => `the backend "${name}" does not load: ${reason}`).join('; '),
    fix: fixes[tried.at(-1)?.name ?? 'cpu'],
  });
}

async function load(name: BackendName, options: SelectBackendOptions): Promise<LoadedBackend | BackendNotLoaded> {
  try {
    return await loaders[name](options);
  } catch (error) {
    return { loaded: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

function nativeOptions({ cacheDirectory, threads }: SelectBackendOptions): Omit<LoadNativeOptions, 'kind'> {
  return { ...(cacheDirectory === undefined ? {} : { cacheDirectory }), ...(threads === undefined ? {} : { threads }) };
}
