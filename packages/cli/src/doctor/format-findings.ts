import type { NativeKindStatus } from '@rlloom/tensor';
import { formatBytes, formatNumber } from '../format/quantities.ts';
import { formatSections, type Section } from '../format/sections.ts';
import { advice } from './advice.ts';
import type { BackendFindings, Findings } from './findings.ts';

type Row = [label: string, value: string];

/** The findings as text, what to do about them last. */
export function formatFindings(findings: Findings): string[] {
  const { backend, failure } = findings;
  const lines = advice(findings);
  return [
    ...formatSections([
      machineSection(findings),
      backend === null ? { title: 'backend', rows: [['none', failure?.what ?? '']] } : backendSection(backend),
      othersSection(findings),
      sandboxSection(findings),
    ]),
    '',
    'what to do',
    ...(lines.length === 0 ? ['  nothing: all is well'] : lines.map((line) => `  → ${line}`)),
  ];
}

function machineSection({ rlloom, machine, disks }: Findings): Section {
  return {
    title: `rlloom ${rlloom}`,
    rows: [
      ['node', machine.node],
      ['platform', machine.platform],
      ['processor', `${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}, ${machine.processor}`],
      ['memory', `${formatBytes(machine.memoryFree)} free of ${formatBytes(machine.memoryTotal)}`],
      ...disks.map(({ purpose, path, free, writable }): Row => {
        const room = free === undefined ? 'free space unknown' : `${formatBytes(free)} free`;
        return [purpose, `${path}, ${room}${writable ? '' : ', not writable'}`];
      }),
    ],
  };
}

function backendSection({ choice, speed, missingKernels }: BackendFindings): Section {
  const product = `float32 product of ${speed.matrixSize} × ${speed.matrixSize}`;
  return {
    title: `backend: ${choice.name}`,
    rows: [
      ['why', choice.reason],
      ['device', choice.device],
      ['library', choice.libraryVersion],
      ['threads', String(choice.threads)],
      [
        'speed',
        `${formatNumber(speed.gflops)} GFLOP/s (${product}), ${formatNumber(speed.microsecondsPerOperation)} µs for a small operation`,
      ],
      ['missing kernels', missingKernels.length === 0 ? 'none' : missingKernels.join(', ')],
      ...choice.tried.map(({ name, reason }): Row => [`not ${name}`, reason]),
    ],
  };
}

function othersSection({ native, webgpuMissing }: Findings): Section {
  const { compiler, python, pip } = native.tools;
  return {
    title: 'other backends',
    rows: [
      ...native.kinds.map((status): Row => [status.kind === 'gpu' ? 'tfjs-node-gpu' : 'tfjs-node', kindText(status)]),
      ['webgpu', webgpuMissing.length === 0 ? 'packages are installed' : `not installed: ${webgpuMissing.join(', ')}`],
      ['NVIDIA device', native.nvidiaDevice ? 'yes' : 'none'],
      [
        'setup needs',
        `${compiler ?? 'a C++ compiler: not found'}; ${python ?? 'Python: not found'}; ${pip?.split(' from ', 1)[0] ?? 'pip: not found'}`,
      ],
    ],
  };
}

function sandboxSection({ sandbox }: Findings): Section {
  const { isolations, capabilities } = sandbox;
  return {
    title: 'code sandbox',
    rows: [
      ...isolations.map(({ name, works, detail }): Row => [name, works ? `${detail} works` : detail]),
      ['languages', capabilities === null ? 'none' : capabilities.languages.join(', ')],
    ],
  };
}

function kindText({ installed, provisioned, unsupported, advice: todo }: NativeKindStatus): string {
  const { tensorflowVersion, bytes, directory, damage } = provisioned;
  if (installed !== undefined) return `your own ${installed.name} ${installed.version} in ${installed.directory}`;
  if (damage !== undefined) return `damaged: ${damage} in ${directory}`;
  if (tensorflowVersion !== undefined) return `TensorFlow ${tensorflowVersion}, ${formatBytes(bytes)} in ${directory}`;
  return unsupported ?? `not built${todo === undefined ? '' : `: ${todo}`}`;
}
