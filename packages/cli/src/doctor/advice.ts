import { formatBytes } from '../format/quantities.ts';
import type { Findings } from './findings.ts';

const gigabyte = 1e9;

/** What to do about the findings, the most pressing first; empty when all is well. */
export function advice({ machine, disks, tools, backend }: Findings): string[] {
  const lines: string[] = [];
  if (backend !== null && backend.missingKernels.length > 0) {
    const { choice, missingKernels } = backend;
    lines.push(
      `${choice.name} cannot train: it lacks ${missingKernels.join(', ')}. Choose another backend with backend.name.`,
    );
  }
  for (const { path, purpose, free, writable } of disks) {
    if (!writable)
      lines.push(`Nothing can be written to ${path} (${purpose}): change its permissions or choose another folder.`);
    if (free !== undefined && free < 2 * gigabyte) {
      lines.push(`Only ${formatBytes(free)} are free in ${path} (${purpose}): checkpoints and libraries may not fit.`);
    }
  }
  if (machine.memoryFree < gigabyte) {
    lines.push(
      `Only ${formatBytes(machine.memoryFree)} of memory are free: close other programs or train a smaller model.`,
    );
  }
  if (backend?.choice.name === 'wasm' || backend?.choice.name === 'cpu')
    lines.push(...nativeAdvice(machine.platform, tools));
  return lines;
}

function nativeAdvice(platform: string, tools: Findings['tools']): string[] {
  if (!platform.startsWith('linux')) return [];
  const missing = [
    ...(tools.python === null ? ['Python 3 with pip'] : []),
    ...(tools.compiler === null ? ['a C++ compiler (g++ or clang++)'] : []),
  ];
  const setup = "For TensorFlow's own kernels and several cores, run: rlloom setup --backend cpu";
  return [missing.length === 0 ? `${setup}.` : `${setup} (it needs ${missing.join(' and ')}).`];
}
