import { commandError } from './command-error.ts';
import type { FoundTool } from './find-tools.ts';
import { versions } from './pinned-versions.ts';
import { runCommand } from './run-command.ts';

/** The compiler's flags for an addon of Node on `platform`. */
export function addonFlags(platform: string): string[] {
  return [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    `-DNAPI_VERSION=${versions.napi}`,
    ...(platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
  ];
}

/** The flag that makes `file`, a path inside a provisioned folder, find TensorFlow there. The folder can be moved. */
export function runPathFlag(platform: string, file: string): string {
  const origin = platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const up = file
    .split('/')
    .slice(1)
    .map(() => '..');
  return `-Wl,-rpath,${[origin, ...up, 'tensorflow'].join('/')}`;
}

/**
 * Runs the compiler.
 *
 * @throws RlloomError kind `backend` with what it said; kind `storage` when the disk is full
 */
export async function compileAddon(compiler: FoundTool, args: readonly string[]): Promise<void> {
  const [program, ...first] = compiler.command;
  const result = await runCommand(program, [...first, ...args]);
  if (result.code === 0) return;
  const fix =
    'a compiler for C++17 is needed (GCC 8, Clang 7 or newer); name another one in the environment variable CXX';
  throw commandError(result, { what: `${compiler.version} could not compile the native binding`, fix }, 30);
}
