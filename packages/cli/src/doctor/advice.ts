import { formatBytes } from '../format/quantities.ts';
import type { Findings } from './findings.ts';

const gigabyte = 1e9;

/** What to do about the findings, the most pressing first; empty when all is well. */
export function advice(findings: Findings): string[] {
  const { machine, disks, backend, failure } = findings;
  const lines: string[] = failure?.fix === undefined ? [] : [`${failure.what}: ${failure.fix}.`];
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
  const { advice: sandbox } = findings.sandbox;
  if (sandbox !== null) lines.push(`For rewards that run code: ${sandbox}.`);
  return [...lines, ...nativeAdvice(findings)];
}

function nativeAdvice({ backend, native }: Findings): string[] {
  const [cpu, gpu] = (['cpu', 'gpu'] as const).map((kind) => native.kinds.find((status) => status.kind === kind));
  const damaged = native.kinds.filter(({ provisioned }) => provisioned.damage !== undefined);
  const lines = damaged.map(
    ({ kind, provisioned }) =>
      `The native library is damaged (${provisioned.damage}): run "rlloom setup --backend ${kind}".`,
  );
  for (const { kind, installed, provisioned } of native.kinds) {
    const { tensorflowVersion, damage, session } = provisioned;
    if (installed === undefined && tensorflowVersion !== undefined && damage === undefined && !session) {
      lines.push(`For compiled programs that leave the event loop alone: run "rlloom setup --backend ${kind}" again.`);
    }
  }
  const name = backend?.choice.name;
  if (native.nvidiaDevice && name !== 'tfjs-node-gpu' && gpu?.advice !== undefined) {
    lines.push(`There is an NVIDIA GPU that is not used: ${gpu.advice}.`);
  } else if ((name === 'wasm' || name === 'cpu') && cpu?.advice !== undefined && cpu.unsupported === undefined) {
    const missing = missingTools(native.tools);
    const needs = missing.length === 0 ? '' : ` (first install ${missing.join(' and ')})`;
    lines.push(`For TensorFlow's own kernels on all cores: ${cpu.advice}${needs}.`);
  }
  return lines;
}

function missingTools({ compiler, python, pip }: Findings['native']['tools']): string[] {
  return [
    ...(compiler === undefined ? ['a C++ compiler'] : []),
    ...(python === undefined ? ['Python 3 with pip'] : pip === undefined ? ['pip'] : []),
  ];
}
