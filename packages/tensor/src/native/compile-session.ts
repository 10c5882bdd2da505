import { join } from 'node:path';
import { addonFlags, compileAddon, runPathFlag } from './compile-addon.ts';
import type { FoundTool } from './find-tools.ts';
import type { NativePlan } from './native-plan.ts';
import { sessionFile } from './tensorflow-session.ts';

/** Node-API's headers, as a path inside the step's folder and the provisioned one. */
export const nodeHeaders: string = 'build/node-api-headers/include';

/** The headers that the session is compiled against. They stay in the folder, so that a newer one needs no download. */
export const sessionHeaders: RegExp =
  /^build\/node-api-headers\/include\/|^tensorflow\/include\/(tensorflow\/c\/[^/]+|tensorflow\/core\/platform\/ctstring[^/]*|tsl\/platform\/ctstring[^/]*|xla\/tsl\/c\/[^/]+)\.h$/;

/**
 * Compiles the session addon against a folder of Node-API's headers and one with TensorFlow's libraries and headers.
 *
 * @returns the name of its file in `output`
 */
export async function compileSession(
  { plan, compiler }: { plan: NativePlan; compiler: FoundTool },
  folders: { packages: string; libraries: string; output: string },
): Promise<string> {
  const file = await sessionFile(plan.sessionSource);
  const library = join(folders.libraries, 'tensorflow');
  await compileAddon(compiler, [
    ...addonFlags(plan.platform),
    ...[join(folders.packages, nodeHeaders), join(library, 'include')].map((path) => `-I${path}`),
    ...[plan.sessionSource, '-o', join(folders.output, file)],
    ...[...plan.wheel.libraries.map((name) => join(library, name)), runPathFlag(plan.platform, file)],
  ]);
  return file;
}
