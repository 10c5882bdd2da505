import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { extract } from 'tar';
import { commandError } from './command-error.ts';
import { fileDigest } from './file-digest.ts';
import type { FoundTool } from './find-tools.ts';
import { type PinnedPackage, versions } from './pinned-versions.ts';
import { runCommand } from './run-command.ts';
import type { Step } from './run-steps.ts';
import { writeStandIns } from './stand-ins.ts';

const unneeded = /(_test\.js|\.d\.ts|\.map|^dist\/run_tests\.js)$/;

/**
 * The step that fetches the npm packages with the user's own registry settings, checks their digests, and lays out
 * `node_modules` (what is loaded later) and `build` (what is only compiled).
 */
export function fetchPackagesStep(packages: readonly PinnedPackage[], npm: FoundTool): Step {
  return {
    name: 'packages',
    message: `fetching ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')} with npm`,
    inputs: [versions.recipe, packages],
    run: async ({ output }) => {
      const downloads = join(output, 'downloads');
      await mkdir(downloads);
      await npmPack(packages, npm, downloads);
      for (const wanted of packages) await unpackPackage(wanted, downloads, output);
      await rm(downloads, { recursive: true });
      await writeStandIns(join(output, 'node_modules'));
    },
  };
}

async function npmPack(packages: readonly PinnedPackage[], npm: FoundTool, destination: string): Promise<void> {
  const [program, ...args] = npm.command;
  const sources = packages.map(({ name, version, source }) => source ?? `${name}@${version}`);
  // In the current folder, so that a project's .npmrc counts as it does for any npm command typed there.
  const result = await runCommand(program, [
    ...args,
    'pack',
    '--ignore-scripts',
    '--pack-destination',
    destination,
    ...sources,
  ]);
  if (result.code === 0) return;
  throw commandError(result, {
    what: `npm could not fetch ${sources.join(', ')}`,
    fix: 'check the network and the registry ("npm config get registry", proxy settings in ~/.npmrc), then run the same command again: it goes on where it stopped',
  });
}

async function unpackPackage(wanted: PinnedPackage, downloads: string, output: string): Promise<void> {
  const { name, version, integrity } = wanted;
  const file = join(downloads, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
  const found = `sha512-${await fileDigest(file, 'sha512', 'base64')}`;
  if (found !== integrity) {
    throw new RlloomError('backend', {
      what: `${name} ${version} from the npm registry is not the file it should be: its checksum is ${found}, expected ${integrity}`,
      where: 'rlloom setup',
      fix: 'check which registry npm uses ("npm config get registry"); it or a proxy serves a changed file',
    });
  }
  const headers = name === 'node-api-headers';
  const folder = headers ? join(output, 'build', name) : join(output, 'node_modules', name);
  await unpack(
    file,
    folder,
    (path) => /^(dist\/|lib\/|include\/|[^/]+\.js$|package\.json$|LICEN[CS]E)/i.test(path) && !unneeded.test(path),
  );
  if (name === '@tensorflow/tfjs-node')
    await unpack(file, join(output, 'build', 'tfjs-node'), (path) => path.startsWith('binding/'));
}

async function unpack(file: string, folder: string, keep: (path: string) => boolean): Promise<void> {
  await mkdir(folder, { recursive: true });
  await extract({ file, cwd: folder, strip: 1, filter: (path) => keep(path.slice(path.indexOf('/') + 1)) });
}
