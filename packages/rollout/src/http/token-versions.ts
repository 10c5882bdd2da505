import type { VersionSpan } from './server-protocol.ts';

/**
 * The version of every token, from the spans a server reports. Spans whose name is no number are of weights the server
 * had from its start.
 *
 * @param fallback for tokens no span tells of
 * @example
 * ```ts
 * tokenVersions(3, [{ version: '4', start: 0, end: 2 }, { version: '5', start: 2, end: 3 }], 0); // => [4, 4, 5]
 * tokenVersions(2, [{ version: 'default', start: 0, end: 2 }], 7); // => [7, 7]
 * ```
 */
export function tokenVersions(count: number, spans: readonly VersionSpan[] = [], fallback: number): number[] {
  const versions = new Array<number>(count).fill(fallback);
  for (const { version, start, end } of spans) {
    if (/^\d+$/.test(version)) versions.fill(Number(version), start, Math.min(end, count));
  }
  return versions;
}
