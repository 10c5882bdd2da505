import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { addonFlags, compileAddon, runPathFlag } from './compile-addon.ts';
import { compileSession, nodeHeaders } from './compile-session.ts';
import type { FoundTool } from './find-tools.ts';
import { bindingFile } from './native-layout.ts';
import type { NativePlan } from './native-plan.ts';
import { processControlFile, processControlSource } from './process-control.ts';
import type { Step } from './run-steps.ts';

/**
 * The step that compiles tfjs-node's binding against the unpacked library, and the addons of process-control.ts and
 * tensorflow-session.ts.
 */
export async function compileStep(plan: NativePlan, compiler: FoundTool): Promise<Step> {
  const flags = addonFlags(plan.platform);
  const runPath = runPathFlag(plan.platform, bindingFile);
  const session = await readFile(plan.sessionSource, 'utf8');
  return {
    name: 'compile',
    message: `compiling the binding with ${compiler.version}`,
    inputs: [flags, runPath, processControlSource, session, compiler.version],
    run: async ({ output, folderOf }) => {
      const sources = join(folderOf('packages'), 'build', 'tfjs-node', 'binding');
      const include = (...path: string[]): string => `-I${join(...path)}`;
      const node = include(folderOf('packages'), nodeHeaders);
      const library = join(folderOf('libraries'), 'tensorflow');
      const binding = join(output, bindingFile);
      await mkdir(dirname(binding), { recursive: true });
      const files = (await readdir(sources)).filter((name) => name.endsWith('.cc')).sort();
      await compileAddon(compiler, [
        ...[...flags, node, include(library, 'include'), include(library, 'include', 'xla')],
        ...files.map((name) => join(sources, name)),
        ...['-o', binding, ...plan.wheel.libraries.map((name) => join(library, name)), runPath],
      ]);
      const control = join(output, 'process-control.cc');
      await writeFile(control, processControlSource);
      await compileAddon(compiler, [...flags, node, control, '-o', join(output, processControlFile)]);
      await compileSession(
        { plan, compiler },
        { packages: folderOf('packages'), libraries: folderOf('libraries'), output },
      );
    },
  };
}
