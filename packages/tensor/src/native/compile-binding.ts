import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commandError } from './command-error.ts';
import type { FoundTool } from './find-tools.ts';
import { bindingFile } from './native-layout.ts';
import type { NativePlan } from './native-plan.ts';
import { versions } from './pinned-versions.ts';
import { processControlFile, processControlSource } from './process-control.ts';
import { runCommand } from './run-command.ts';
import type { Step } from './run-steps.ts';

/** The step that compiles tfjs-node's binding against the unpacked library, and the addon of process-control.ts. */
export function compileStep(plan: NativePlan, compiler: FoundTool): Step {
  const mac = plan.platform === 'darwin';
  const flags = [
    '-std=c++17',
    '-O2',
    '-fPIC',
    '-shared',
    `-DNAPI_VERSION=${versions.napi}`,
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
  ];
  // Relative to the binding, so that the folder can be moved.
  const origin = mac ? '@loader_path' : '$ORIGIN';
  const up = bindingFile
    .split('/')
    .slice(1)
    .map(() => '..');
  const runPath = `-Wl,-rpath,${[origin, ...up, 'tensorflow'].join('/')}`;
  return {
    name: 'compile',
    message: `compiling the binding with ${compiler.version}`,
    inputs: [flags, runPath, processControlSource, compiler.version],
    run: async ({ output, folderOf }) => {
      const sources = join(folderOf('packages'), 'build', 'tfjs-node', 'binding');
      const include = (...path: string[]): string => `-I${join(...path)}`;
      const nodeHeaders = include(folderOf('packages'), 'build', 'node-api-headers', 'include');
      const library = join(folderOf('libraries'), 'tensorflow');
      const binding = join(output, bindingFile);
      await mkdir(dirname(binding), { recursive: true });
      const files = (await readdir(sources)).filter((name) => name.endsWith('.cc')).sort();
      await compile(compiler, [
        ...[...flags, nodeHeaders, include(library, 'include'), include(library, 'include', 'xla')],
        ...files.map((name) => join(sources, name)),
        ...['-o', binding, ...plan.wheel.libraries.map((name) => join(library, name)), runPath],
      ]);
      const control = join(output, 'process-control.cc');
      await writeFile(control, processControlSource);
      await compile(compiler, [...flags, nodeHeaders, control, '-o', join(output, processControlFile)]);
    },
  };
}

async function compile(compiler: FoundTool, args: readonly string[]): Promise<void> {
  const [program, ...first] = compiler.command;
  const result = await runCommand(program, [...first, ...args]);
  if (result.code === 0) return;
  const fix =
    'a compiler for C++17 is needed (GCC 8, Clang 7 or newer); name another one in the environment variable CXX';
  throw commandError(result, { what: `${compiler.version} could not compile the native binding`, fix }, 30);
}
