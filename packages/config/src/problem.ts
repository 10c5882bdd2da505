import { RlloomError } from '@rlloom/spec';
import { formatPosition, type Origin } from './origin.ts';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** The key, as written. */
  readonly path: string;
  /** Where it was set; `undefined` = nowhere. */
  readonly origin: Origin | undefined;
  readonly what: string;
  readonly fix?: string;
}

/** All problems as one `config` error, in the order of files and lines. */
export function problemsError(problems: readonly ConfigProblem[]): RlloomError {
  const lines = [...problems].sort(byPlace).map(({ path, origin, what, fix }) => {
    const place = origin === undefined || origin.kind === 'default' ? '' : ` (${formatPosition(origin)})`;
    return `  ${path}${place}: ${what}${fix === undefined ? '' : `\n    → ${fix}`}`;
  });
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  return new RlloomError('config', { what: `${count} in the configuration\n${lines.join('\n')}` });
}

function byPlace(a: ConfigProblem, b: ConfigProblem): number {
  return place(a).localeCompare(place(b));
}

// Files first, in order; then the command line; then what was set nowhere.
function place({ origin }: ConfigProblem): string {
  if (origin === undefined || origin.kind === 'default') return '2';
  if (origin.kind === 'command-line') return '1';
  return `0${origin.file}:${String(origin.line).padStart(9, '0')}:${String(origin.column).padStart(6, '0')}`;
}
