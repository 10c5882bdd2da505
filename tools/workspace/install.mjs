import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { npm, root, runOrExit } from './run.mjs';

/**
 * Installs what package-lock.json lists unless that is done already; says how long it takes.
 *
 * Not `npm ci`: it refuses a lock file that lacks the optional binaries of other platforms, which is what npm
 * writes where a registry mirror does not carry them. `--no-save` leaves the lock file as it is all the same.
 */
export async function installDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  console.log('Installing packages (npm install; a minute or two the first time) ...');
  const beat = setInterval(() => console.log(`  still installing, ${seconds()} s`), 20_000);
  await runOrExit(npm('install', '--no-save', '--loglevel=error', '--no-fund', '--no-audit', '--no-progress'));
  clearInterval(beat);
  console.log(`Packages are installed (${seconds()} s).`);
}
