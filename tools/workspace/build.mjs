import { join } from 'node:path';
import { packageFolders } from './packages.mjs';
import { root, runOrExit } from './run.mjs';

/** Compiles every package to its `dist` with one `tsc --build`; what is up to date stays. */
export async function buildPackages() {
  const started = Date.now();
  const projects = packageFolders().map((folder) => join(folder, 'tsconfig.lib.json'));
  console.log(`Building ${projects.length} packages ...`);
  await runOrExit(['node', join(root, 'node_modules/typescript/bin/tsc'), '--build', ...projects]);
  console.log(`Packages are built (${Math.round((Date.now() - started) / 1000)} s).`);
}
