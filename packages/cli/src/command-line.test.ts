import { describe, expect, it } from 'vitest';
import { runCommand } from './testing/run-command.ts';

describe('rlloom', () => {
  it('prints its commands with --help, on stdout', async () => {
    const { code, stdout, stderr } = await runCommand(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: rlloom/);
    for (const command of ['doctor', 'setup', 'config', 'inspect']) expect(stdout).toContain(`  ${command}`);
    expect(stderr).toBe('');
  });

  it('prints its version', async () => {
    expect(await runCommand(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });

  it('names an unknown command and the nearest right one, with the exit code of a wrong configuration', async () => {
    const { code, stdout, stderr } = await runCommand(['docter']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain("unknown command 'docter'");
    expect(stderr).toContain('doctor');
  });

  it('names an unknown option', async () => {
    const { code, stderr } = await runCommand(['doctor', '--bakend', 'wasm']);
    expect(code).toBe(2);
    expect(stderr).toContain("unknown option '--bakend'");
  });

  it('names the backends when one is misspelt', async () => {
    const { code, stderr } = await runCommand(['doctor', '--backend', 'cuda']);
    expect(code).toBe(2);
    expect(stderr).toContain('tfjs-node-gpu, tfjs-node, wasm, cpu, webgpu');
  });
});
