import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, runOrExit } from './run.mjs';

/** Installs what package-lock.json lists unless that is done already; says how long it takes. */
export async function installDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const fresh = !existsSync(installed);
  if (!fresh && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log(`Installing packages (npm ${fresh ? 'ci' : 'install'}; a minute or two the first time) ...`);
  const beat = setInterval(() => console.log(`  still installing, ${seconds()} s`), 20_000);
  await runOrExit(npm(fresh ? 'ci' : 'install', '--loglevel=error', '--no-fund', '--no-audit', '--no-progress'));
  clearInterval(beat);
  console.log(`Packages are installed (${seconds()} s).`);
}
