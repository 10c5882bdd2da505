import type { BackendNotLoaded, LoadedBackend } from '../backend/backend-choice.ts';
import { tf } from '../tf.ts';

// Dawn's entry object, and the backend's factory: tfjs registers it only once, when its module is loaded.
let gpu: GPU | undefined;
let factory: ReturnType<typeof tf.findBackendFactory> | undefined;

/**
 * Registers and activates the WebGPU backend: any graphics card with a Vulkan, Metal or Direct3D 12 driver, no CUDA.
 * It needs the optional packages `webgpu` and `@tensorflow/tfjs-backend-webgpu`. Never throws.
 *
 * Results are read with `await tensor.data()`; there is no `dataSync`. Call {@link releaseWebgpuBackend} at the end:
 * an open device keeps the process alive.
 */
export async function loadWebgpuBackend(): Promise<LoadedBackend | BackendNotLoaded> {
  try {
    return await load();
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { loaded: false, reason: message };
  }
}

async function load(): Promise<LoadedBackend | BackendNotLoaded> {
  const dawn = await import('webgpu').catch(missing('webgpu'));
  if ('reason' in dawn) return dawn;
  gpu ??= dawn.create([]);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    return {
      loaded: false,
      reason: 'no graphics adapter found: it needs a Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver',
    };
  }
  // tfjs-backend-webgpu looks for both when it is loaded.
  Object.assign(globalThis, dawn.globals);
  shareGpu(gpu);
  const backend = await import('@tensorflow/tfjs-backend-webgpu').catch(missing('@tensorflow/tfjs-backend-webgpu'));
  if ('reason' in backend) return backend;
  factory ??= tf.findBackendFactory('webgpu');
  if (tf.findBackendFactory('webgpu') === null) tf.registerBackend('webgpu', factory);
  if (!(await tf.setBackend('webgpu'))) return { loaded: false, reason: 'the graphics device did not start' };
  const { vendor, architecture, device, description } = adapter.info;
  const name = description || [vendor, architecture, device].filter((part) => part !== '').join(' ');
  return {
    loaded: true,
    tfjsBackendName: 'webgpu',
    reason: 'a graphics adapter is there',
    libraryVersion: `tfjs-backend-webgpu ${tf.version_core}`,
    threads: 1,
    device: `GPU (WebGPU, ${name})`,
  };
}

function missing(name: string): (error: unknown) => BackendNotLoaded {
  return (error) => {
    const absent = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
    if (!absent) throw error;
    return { loaded: false, reason: `the optional package "${name}" is not installed` };
  };
}

// Node 20 has no navigator, later ones have one without a gpu.
function shareGpu(value: GPU): void {
  const scope = globalThis as { navigator?: object };
  if (scope.navigator === undefined)
    Object.defineProperty(scope, 'navigator', { value: {}, configurable: true, writable: true });
  Object.defineProperty(scope.navigator, 'gpu', { value, configurable: true });
}

/**
 * Closes the graphics device, so that the process can end, and forgets the backend with every tensor on it. Does
 * nothing when it is not loaded.
 */
export function releaseWebgpuBackend(): void {
  const backend = tf.findBackend('webgpu') as unknown as { readonly device: GPUDevice } | null;
  if (backend === null) return;
  tf.removeBackend('webgpu');
  backend.device.destroy();
  gpu = undefined;
}
