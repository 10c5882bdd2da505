import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findSessionFile, requireSessionAddon, sessionFile, sessionSource } from './tensorflow-session.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

it('publishes the source where the compiled code looks for it', async () => {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: packageFolder,
  });
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  expect(files.map(({ path }) => path)).toContain('src/native/tensorflow-session.cc');
  expect(sessionSource).toBe(join(packageFolder, 'src/native/tensorflow-session.cc'));
  // dist/native is as deep as src/native.
  expect(
    fileURLToPath(new URL('../../src/native/tensorflow-session.cc', `file://${packageFolder}dist/native/x.js`)),
  ).toBe(sessionSource);
  expect(await readFile(sessionSource, 'utf8')).toContain('NAPI_MODULE_INIT');
});

it('names the addon after its source', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rlloom-session-'));
  try {
    await writeFile(join(folder, 'a.cc'), 'a');
    await writeFile(join(folder, 'b.cc'), 'b');
    const [a, b] = [await sessionFile(join(folder, 'a.cc')), await sessionFile(join(folder, 'b.cc'))];
    // The SHA-256 of "a" begins so.
    expect(a).toBe('tensorflow-session-ca978112ca1b.node');
    expect(b).not.toBe(a);
    expect(findSessionFile(['process-control.node', a])).toBe(a);
    expect(findSessionFile(['process-control.node'])).toBeUndefined();
    // One that does not load counts as none.
    await writeFile(join(folder, a), 'no library');
    expect(requireSessionAddon(folder, [a])).toBeUndefined();
    expect(requireSessionAddon(folder, [])).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true });
  }
});
