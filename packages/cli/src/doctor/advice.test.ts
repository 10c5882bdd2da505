import { expect, it } from 'vitest';
import { advice } from './advice.ts';
import type { Findings } from './findings.ts';

const wasm: Findings = {
  rlloom: '0.1.0',
  machine: { node: '20.11.0', platform: 'linux x64, 6.1', cores: 2, processor: 'x', memoryTotal: 8e9, memoryFree: 4e9 },
  disks: [{ path: '/runs', purpose: 'runs', free: 50e9, writable: true }],
  tools: { python: 'Python 3.11.2', compiler: 'g++ 12.2.0' },
  backend: {
    choice: {
      name: 'wasm',
      tfjsBackendName: 'wasm',
      reason: 'needs nothing but npm',
      tried: [],
      libraryVersion: '4.22.0',
      threads: 1,
      device: 'CPU',
    },
    speed: { gflops: 10, matrixSize: 512, repetitions: 5, microsecondsPerOperation: 5 },
    missingKernels: [],
  },
  failure: null,
};
const native: Findings = {
  ...wasm,
  backend: { ...wasm.backend!, choice: { ...wasm.backend!.choice, name: 'tfjs-node' } },
};

it('has nothing to say where all is well', () => {
  expect(advice(native)).toEqual([]);
});

it('points from wasm to the native backend, where there is one', () => {
  expect(advice(wasm)).toEqual(["For TensorFlow's own kernels and several cores, run: rlloom setup --backend cpu."]);
  const windows = { ...wasm, machine: { ...wasm.machine, platform: 'win32 x64, 10' } };
  expect(advice(windows)).toEqual([]);
});

it('says what setup would still need', () => {
  const [line] = advice({ ...wasm, tools: { python: null, compiler: null } });
  expect(line).toContain('(it needs Python 3 with pip and a C++ compiler (g++ or clang++))');
});

it('warns of a full or read-only disk and of little memory', () => {
  const disks = [
    { path: '/full', purpose: 'runs', free: 1e9, writable: true },
    { path: '/read-only', purpose: 'cache', free: undefined, writable: false },
  ];
  const lines = advice({ ...native, disks, machine: { ...native.machine, memoryFree: 5e8 } });
  expect(lines).toEqual([
    'Only 1 GB are free in /full (runs): checkpoints and libraries may not fit.',
    expect.stringContaining('Nothing can be written to /read-only (cache)'),
    expect.stringContaining('Only 500 MB of memory are free'),
  ]);
});

it('puts missing kernels first', () => {
  const backend = { ...wasm.backend!, missingKernels: ['Cumsum', 'TopK'] };
  expect(advice({ ...wasm, backend })[0]).toContain('lacks Cumsum, TopK');
});
