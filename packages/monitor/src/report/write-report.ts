import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Element } from 'hast';
import { toHtml } from 'hast-util-to-html';
import { h } from 'hastscript';
import writeFileAtomic from 'write-file-atomic';
import { guarded } from '../jsonl/jsonl-file.ts';
import { runFiles } from '../jsonl/run-files.ts';
import { type Chart, chartGroups } from './charts.ts';
import { clientScript } from './client-script.ts';
import { readRunData, type RunData } from './run-data.ts';
import {
  accuracySection,
  chartsSection,
  configSection,
  headerSection,
  tilesSection,
  warningsSection,
} from './sections.ts';
import { samplesSection } from './sample-section.ts';
import { styleSheet } from './style-sheet.ts';
import { timeSection } from './time-section.ts';

/** What a report shows beside what the run folder says. */
export interface ReportOptions {
  /** Blocks of text under "Set-up", e.g. the batch arithmetic. Default: none. */
  readonly notes?: readonly { readonly title: string; readonly lines: readonly string[] }[];
}

/**
 * Writes `report.html` into a run folder and returns its path: headline numbers, curves of all metrics, samples with
 * their reward parts, timing, warnings and the configuration, in one file that needs no network. Reads what the JSONL
 * reporter has written, so it works in the middle of a run and after a crash.
 *
 * @throws RlloomError `storage` when it cannot be written
 */
export async function writeReport(directory: string, options: ReportOptions = {}): Promise<string> {
  const path = runFiles(directory).report;
  const page = await reportPage(await readRunData(directory), options);
  await guarded(path, () => writeFileAtomic(path, page));
  return path;
}

/** The page as text. */
async function reportPage(data: RunData, options: ReportOptions = {}): Promise<string> {
  const groups = chartGroups(data);
  const charts = groups.flatMap((group) => group.charts);
  const page = h(null, [
    { type: 'doctype' },
    h('html', { lang: 'en' }, [
      h('head', [
        h('meta', { charSet: 'utf-8' }),
        h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
        h('title', data.record.name === '' ? 'rlloom run' : `${data.record.name} · rlloom`),
        h('style', `${await chartFile('uPlot.min.css')}${styleSheet}`),
      ]),
      h('body', [
        h('main', [
          headerSection(data),
          tilesSection(data),
          ...warningsSection(data),
          ...accuracySection(data),
          ...chartsSection(groups),
          ...samplesSection(data),
          ...timeSection(data),
          ...configSection(data, options.notes ?? []),
          h('footer', 'Written by rlloom. All data is in the .jsonl files beside this page.'),
        ]),
        ...(await scripts(charts)),
      ]),
    ]),
  ]);
  return toHtml(page);
}

async function scripts(charts: readonly Chart[]): Promise<Element[]> {
  if (charts.length === 0) return [];
  // In a script element the text ends at the first "</script", wherever it stands.
  const data = JSON.stringify(charts).replaceAll('<', '\\u003c');
  return [
    h('script#charts', { type: 'application/json' }, data),
    h('script', await chartFile('uPlot.iife.min.js')),
    h('script', clientScript),
  ];
}

async function chartFile(name: string): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8');
}
