import { expect, it } from 'vitest';
import type { Findings } from '../doctor/findings.ts';
import { runCommand } from '../testing/run-command.ts';

it('tells machine, backend and its speed, and what to do', async () => {
  const { code, stdout, stderr } = await runCommand(['doctor', '--backend', 'wasm']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^rlloom \d+\.\d+\.\d+\n {2}node +\d\d/);
  expect(stdout).toContain('backend: wasm');
  expect(stdout).toMatch(/speed +[\d.]+ GFLOP\/s/);
  expect(stdout).toMatch(/missing kernels +none/);
  expect(stdout).toMatch(/code sandbox\n {2}bubblewrap +\S/);
  expect(stdout).toContain('what to do');
});

it('prints the same as JSON', async () => {
  const { code, stdout } = await runCommand(['doctor', '--backend', 'cpu', '--json']);
  expect(code).toBe(0);
  const findings = JSON.parse(stdout) as Findings;
  expect(findings.backend?.choice.name).toBe('cpu');
  expect(findings.backend?.speed.gflops).toBeGreaterThan(0);
  expect(findings.machine.cores).toBeGreaterThanOrEqual(1);
  expect(findings.failure).toBeNull();
});

it('prints what it found although the backend does not load, and ends with its error', async () => {
  // An empty cache folder and a machine without the driver: the GPU library cannot be there.
  const { code, stdout, stderr } = await runCommand(['doctor', '--backend', 'tfjs-node-gpu'], {
    env: { RLLOOM_CACHE: '/nonexistent-rlloom-cache', CUDA_VISIBLE_DEVICES: '' },
  });
  expect(code).toBe(8);
  expect(stdout).toMatch(/none +the backend "tfjs-node-gpu" does not load/);
  expect(stderr).toContain('error (backend): the backend "tfjs-node-gpu" does not load');
});
