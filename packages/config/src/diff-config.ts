import { formatPath } from './config-path.ts';
import { explainConfig } from './explain.ts';
import type { LoadedConfig } from './load-config.ts';

/** One value that two configurations do not share. */
export interface ConfigDifference {
  readonly path: string;
  /** `undefined` = not there. */
  readonly before: unknown;
  /** `undefined` = not there. */
  readonly after: unknown;
}

/** The values in which two configurations differ, wherever those come from; lists are compared as a whole. */
export function diffConfig<Config>(before: LoadedConfig<Config>, after: LoadedConfig<Config>): ConfigDifference[] {
  const left = new Map(explainConfig(before).map(({ segments, value }) => [formatPath(segments), value]));
  const right = new Map(explainConfig(after).map(({ segments, value }) => [formatPath(segments), value]));
  return [...new Set([...left.keys(), ...right.keys()])]
    .map((path) => ({ path, before: left.get(path), after: right.get(path) }))
    .filter(({ before: old, after: now }) => JSON.stringify(old) !== JSON.stringify(now));
}

/** One line per difference: `rollout.group_size: 8 → 4`. */
export function formatDifferences(differences: readonly ConfigDifference[]): string {
  return differences.map(({ path, before, after }) => `${path}: ${shown(before)} → ${shown(after)}`).join('\n');
}

function shown(value: unknown): string {
  return value === undefined ? '(not set)' : JSON.stringify(value);
}
