import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The optional packages of the webgpu backend that cannot be found from `directory` or from here. */
export function missingWebgpuPackages(directory: string): string[] {
  const places = [join(directory, 'package.json'), import.meta.url].map((from) => createRequire(from));
  return ['webgpu', '@tensorflow/tfjs-backend-webgpu'].filter((name) => !places.some((place) => resolves(place, name)));
}

function resolves(place: NodeJS.Require, name: string): boolean {
  // Not `resolve`: a package may forbid it for its entry, and its folder is what counts.
  return (place.resolve.paths(name) ?? []).some((folder) => isInstalled(place, join(folder, name)));
}

function isInstalled(place: NodeJS.Require, folder: string): boolean {
  try {
    place.resolve(join(folder, 'package.json'));
    return true;
  } catch {
    return false;
  }
}
