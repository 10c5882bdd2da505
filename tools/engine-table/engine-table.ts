import type { EngineCapabilities } from '@rlloom/spec';
import { markdownTable } from 'markdown-table';

/** One test of a report of vitest's json reporter. */
export interface ReportedTest {
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  readonly meta?: { readonly capabilities?: EngineCapabilities };
}

/** A conformance run of one engine. */
export interface EngineRow {
  readonly name: string;
  readonly capabilities: EngineCapabilities | undefined;
  /** How each test of the suite ended. */
  readonly results: ReadonlyMap<string, string>;
}

const suite = 'RolloutEngine conformance: ';

/** The engines of a report, by name; those whose suite did not run are left out. */
export function engineRows(tests: readonly ReportedTest[]): EngineRow[] {
  const rows = new Map<string, { capabilities: EngineCapabilities | undefined; results: Map<string, string> }>();
  for (const { ancestorTitles, title, status, meta } of tests) {
    const name = ancestorTitles.find((ancestor) => ancestor.startsWith(suite))?.slice(suite.length);
    if (name === undefined) continue;
    const row = rows.get(name) ?? { capabilities: undefined, results: new Map<string, string>() };
    row.capabilities = meta?.capabilities ?? row.capabilities;
    row.results.set(title, status);
    rows.set(name, row);
  }
  return [...rows]
    .map(([name, row]) => ({ name, ...row }))
    .filter(({ results }) => [...results.values()].includes('passed'))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The table of engines: what they say they can, and how the tests of the suite ended. */
export function engineTable(rows: readonly EngineRow[]): string {
  const titles = [...new Set(rows.flatMap(({ results }) => [...results.keys()]))];
  const mark = (status: string | undefined) => ({ passed: '✓', failed: '✗' })[status ?? ''] ?? '—';
  const head = ['engine', 'log-probs', 'weights', 'seeds', ...titles.map((_, index) => `${index + 1}`)];
  const body = rows.map(({ name, capabilities, results }) => [
    name,
    capabilities?.logProbs ?? '?',
    capabilities?.weightUpdate ?? '?',
    capabilities === undefined ? '?' : capabilities.seeded ? 'yes' : 'no',
    ...titles.map((title) => mark(results.get(title))),
  ]);
  const legend = titles.map((title, index) => `${index + 1}. ${title}`).join('\n');
  return `${markdownTable([head, ...body])}\n\n${legend}\n`;
}
