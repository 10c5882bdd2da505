import { join } from 'node:path';
import envPaths from 'env-paths';
import type { NativePlan } from './native-plan.ts';
import { versions } from './pinned-versions.ts';

/**
 * The folder rlloom keeps what it can fetch again: `directory` if given, else the environment variable
 * `RLLOOM_CACHE`, else the user's cache folder (`~/.cache/rlloom`, `~/Library/Caches/rlloom`).
 */
export function cacheRoot(directory?: string): string {
  // An empty variable means unset, as for XDG_CACHE_HOME.
  return directory ?? (process.env['RLLOOM_CACHE'] || envPaths('rlloom', { suffix: '' }).cache);
}

/** The folder of one native backend: its name says kind, versions and machine, so that they never mix. */
export function nativeDirectory(plan: Pick<NativePlan, 'kind' | 'platform' | 'arch'>, directory?: string): string {
  const { tensorflow, tfjs, napi } = versions;
  return join(
    cacheRoot(directory),
    'native',
    `${plan.kind}-tf${tensorflow}-tfjs${tfjs}-napi${napi}-${plan.platform}-${plan.arch}`,
  );
}
