import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** Folders of the published packages, relative to the repository, in alphabetical order. */
export function packageFolders() {
  return foldersOf('packages');
}

/** Folders of the examples whose package.json has the script. */
export function examplesWithScript(name) {
  return foldersOf('examples').filter((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return manifest.scripts?.[name] !== undefined;
  });
}

function foldersOf(parent) {
  if (!existsSync(join(root, parent))) return [];
  return readdirSync(join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .sort();
}
