import { RlloomError } from '@rlloom/spec';
import type { SandboxRun } from '../sandbox.ts';

/** The files of a run as bytes. Throws `RlloomError` `config` for a path that leads out of the folder. */
export function programFiles(files: SandboxRun['files'] = {}): [path: string, data: Buffer][] {
  return Object.entries(files).map(([path, data]) => {
    checkPath(path);
    return [
      path,
      typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ];
  });
}

/** Throws `RlloomError` `config` unless `path` is relative, plain and short enough for a file system. */
export function checkPath(path: string): void {
  const names = path.split('/');
  const plain = names.every((name) => name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 255);
  if (plain && !path.includes('\0') && Buffer.from(path).toString() === path && Buffer.byteLength(path) <= 2048) return;
  throw new RlloomError('config', {
    what: `${JSON.stringify(path)} is no path of a file in a sandbox`,
    fix: 'give a relative path without "..", such as "data/input.txt"',
  });
}
