import { registerCpuRowKernels } from '../cpu/cpu-row-kernels.ts';
import { registerCpuSegmentSum } from '../cpu/cpu-segment-sum.ts';
import { tf } from '../tf.ts';
import type { LoadedBackend } from './backend-choice.ts';

/** Activates the plain JavaScript backend: slow, always there, the one whose numbers the others are tested against. */
export async function loadCpuBackend(): Promise<LoadedBackend> {
  const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu');
  registerCpuSegmentSum();
  registerCpuRowKernels();
  await tf.setBackend('cpu');
  return {
    loaded: true,
    tfjsBackendName: 'cpu',
    reason: 'plain JavaScript, which runs everywhere',
    libraryVersion: `tfjs-backend-cpu ${version_cpu}`,
    threads: 1,
    device: 'CPU (JavaScript)',
  };
}
