import type { NativeKindStatus } from '@rlloom/tensor';
import { expect, it } from 'vitest';
import { advice } from './advice.ts';
import type { BackendFindings, Findings } from './findings.ts';

function kind(name: 'cpu' | 'gpu', change: Partial<NativeKindStatus> = {}): NativeKindStatus {
  return {
    kind: name,
    installed: undefined,
    provisioned: { directory: '/cache', tensorflowVersion: undefined, bytes: 0, damage: undefined, session: false },
    unsupported: undefined,
    advice: `run "rlloom setup --backend ${name}"`,
    ...change,
  };
}

const backend: BackendFindings = {
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
};
const wasm: Findings = {
  rlloom: '0.1.0',
  machine: { node: '20.11.0', platform: 'linux x64, 6.1', cores: 2, processor: 'x', memoryTotal: 8e9, memoryFree: 4e9 },
  disks: [{ path: '/runs', purpose: 'runs', free: 50e9, writable: true }],
  backend,
  failure: null,
  native: {
    kinds: [kind('cpu'), kind('gpu', { advice: 'there is no NVIDIA device here' })],
    tools: { compiler: 'g++ 12', python: 'Python 3.11', pip: 'pip 23', npm: 'npm 10' },
    nvidiaDevice: false,
  },
  webgpuMissing: ['webgpu'],
  sandbox: { isolations: [], capabilities: null, advice: null },
};
const native: Findings = { ...wasm, backend: { ...backend, choice: { ...backend.choice, name: 'tfjs-node' } } };

it('has nothing to say where all is well', () => {
  expect(advice(native)).toEqual([]);
});

it('points from wasm to the native backend, where there is one', () => {
  expect(advice(wasm)).toEqual([`For TensorFlow's own kernels on all cores: run "rlloom setup --backend cpu".`]);
  const kinds = [kind('cpu', { unsupported: 'no library for win32-x64', advice: 'no library for win32-x64' })];
  expect(advice({ ...wasm, native: { ...wasm.native, kinds } })).toEqual([]);
});

it('says what setup would still need', () => {
  const tools = { ...wasm.native.tools, compiler: undefined, python: undefined, pip: undefined };
  expect(advice({ ...wasm, native: { ...wasm.native, tools } })[0]).toContain(
    '(first install a C++ compiler and Python 3 with pip)',
  );
});

it('puts an idle GPU before the CPU', () => {
  const withGpu = { ...wasm.native, kinds: [kind('cpu'), kind('gpu')], nvidiaDevice: true };
  const lines = ['There is an NVIDIA GPU that is not used: run "rlloom setup --backend gpu".'];
  expect(advice({ ...wasm, native: withGpu })).toEqual(lines);
  expect(advice({ ...native, native: withGpu })).toEqual(lines);
});

it('names a damaged library', () => {
  const damaged = kind('cpu', {
    provisioned: { directory: '/c', tensorflowVersion: '2.21.0', bytes: 1, damage: 'lib.so', session: true },
  });
  expect(advice({ ...native, native: { ...native.native, kinds: [damaged] } })).toEqual([
    'The native library is damaged (lib.so): run "rlloom setup --backend cpu".',
  ]);
});

it('says that an earlier setup lacks the session of compiled programs', () => {
  const provisioned = { directory: '/c', tensorflowVersion: '2.21.0', bytes: 1, damage: undefined, session: false };
  const earlier = kind('cpu', { provisioned, advice: undefined });
  expect(advice({ ...native, native: { ...native.native, kinds: [earlier] } })).toEqual([
    'For compiled programs that leave the event loop alone: run "rlloom setup --backend cpu" again.',
  ]);
  const installed = { name: '@tensorflow/tfjs-node' as const, version: '4.22.0', directory: '/own' };
  expect(advice({ ...native, native: { ...native.native, kinds: [{ ...earlier, installed }] } })).toEqual([]);
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

it('repeats what to do about a backend that does not load', () => {
  const failure = { what: 'the backend "webgpu" does not load', fix: 'install webgpu' };
  expect(advice({ ...native, backend: null, failure })).toEqual([
    'the backend "webgpu" does not load: install webgpu.',
  ]);
});

it('says what code needs to run safely', () => {
  const sandbox = { isolations: [], capabilities: null, advice: 'install bubblewrap' };
  expect(advice({ ...native, sandbox })).toEqual(['For rewards that run code: install bubblewrap.']);
});

it('puts missing kernels first', () => {
  const lacking = { ...backend, missingKernels: ['Cumsum', 'TopK'] };
  expect(advice({ ...wasm, backend: lacking })[0]).toContain('lacks Cumsum, TopK');
});
