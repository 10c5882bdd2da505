import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { drawSvg } from '../../plots/draw-svg.ts';
import { type ComparedSize, compareSides } from './comparisons.ts';
import { growthPoints } from './growth.ts';
import { growthFigure, ratioFigure, rooflineFigure } from './plots.ts';
import type { Report } from './report.ts';
import { machineRoof, rooflinePoints, roofsOf } from './roofline.ts';
import {
  compileTable,
  growthTable,
  memoryTable,
  ratioTable,
  rooflineTable,
  roofTable,
  speedTable,
  unitTable,
} from './tables.ts';

/** Writes the page of a report and its figures. */
export async function writePage(
  report: Report,
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<void> {
  const { text, figures } = await renderPage(report, name);
  await mkdir(join(folder, 'plots'), { recursive: true });
  for (const [file, svg] of Object.entries(figures)) await writeFileAtomic(join(folder, 'plots', file), svg);
  await writeFileAtomic(join(folder, `${name}.md`), text);
}

/** The page of a report as Markdown, and its figures by file name; only what was measured has a section. */
export async function renderPage(
  report: Report,
  name: string,
): Promise<{ readonly text: string; readonly figures: Readonly<Record<string, string>> }> {
  const compared = compareSides(report);
  const growth = growthPoints(report);
  const roofs = roofsOf(report);
  const roof = machineRoof(roofs);
  const points = rooflinePoints(report);
  const figures: Record<string, string> = {};
  if (compared.some(({ ratio }) => ratio !== undefined)) {
    figures[`${name}-ratios.svg`] = await drawSvg(ratioFigure(compared));
  }
  if (growth.length > 0) figures[`${name}-growth.svg`] = await drawSvg(growthFigure(growth));
  if (roof !== undefined && points.length > 0) {
    figures[`${name}-roofline.svg`] = await drawSvg(rooflineFigure(points, roof));
  }
  const plot = (what: string, title: string) =>
    `${name}-${what}.svg` in figures ? [`![${title}](plots/${name}-${what}.svg)`] : [];

  const parts = [
    `<!-- Written by \`npm run bench -- compute\` from ${name}.json: run it again, do not edit. -->`,
    '# Generation, update and whole steps against PyTorch',
    `\`npm run bench -- compute --peer PYTHON\`: our side and the peer's (the scripts of PyTorch, transformers and TRL that
\`../shared/bench\` has) in turns, each turn in a process of its own with 2 threads, float32 unless said. Medians of the repetitions
during which other processes used less than 0.15 cores. ${report.machine}; ${versions(report)} ([figures](${name}.json)).`,
    ...warnings(report, compared),
    '## Ratios',
    `Theirs over ours: seconds of the same work, or bytes. Larger is better for us. By round: the least and the greatest
ratio of the turns by themselves.`,
    ratioTable(compared),
    ...plot('ratios', 'Ratios beside their goals'),
    '## Tokens per second',
    `Generation and whole steps count new tokens, updates all tokens. Prompts of 32 tokens and 64 new ones; S is 2 × 64 with a
vocabulary of 512 and 32 sequences, M 6 × 256, 4,096 and 32, L 12 × 576, 32,000 and 16. A whole step samples groups of
8, takes the count of a letter as reward, and updates once.`,
    speedTable(compared),
    '## Peak memory of the update',
    `The most that the process held during old log-probs and all updates, above what it held when the model was there:
gradients, moments, activations, and what compiling takes.`,
    memoryTable(compared),
    '## Compile time of our programs',
    'The first call less a later one; the median over the rounds.',
    compileTable(compared),
    ...(growth.length === 0
      ? []
      : [
          '## How time grows',
          'Size M with one number varied; seconds of one call.',
          ...plot('growth', 'Seconds of one call as size M grows'),
          growthTable(growth),
        ]),
    ...(roofs.length === 0 ? [] : ['## Roofline', ...rooflineText(), roofTable(roofs)]),
    ...plot('roofline', 'Roofline'),
    ...(roofs.length === 0 || points.length === 0 ? [] : [rooflineTable(points)]),
    '## What was measured when',
    unitTable(report),
  ];
  return { text: `${parts.join('\n\n')}\n`, figures };
}

function rooflineText(): string[] {
  return [
    `The roof is the better of both sides at a product of 1,024 × 1,024 matrices and at a copy of 128 MB (ours: \`tf.neg\`, which
reads and writes as much and makes its result anew). Operations are those of matrix products, counted from the shapes;
bytes are what must move if all else stays in the caches: weights once per pass, keys and values, logits, and for the
update gradient and moments. Whoever moves activations through memory, too, moves more than is counted, so small sizes
whose weights fit the caches may lie above the slope.`,
  ];
}

function warnings(report: Report, compared: readonly ComparedSize[]): string[] {
  const contaminated = compared
    .filter((row) => row.isContaminated)
    .map((row) => `${row.comparison.work} ${row.size} against ${row.comparison.against}`);
  const unknown = compared.some(({ ours, theirs }) => ours?.knowsOthers === false || theirs?.knowsOthers === false);
  return [
    ...(contaminated.length === 0
      ? []
      : [`**Contaminated**: other processes were at work in every repetition of ${contaminated.join(', ')}.`]),
    ...(unknown
      ? ['This system does not tell what other processes did (no /proc/stat): all repetitions were taken.']
      : []),
    ...(report.unfinished.length === 0 ? [] : [`Not measured yet: ${report.unfinished.join(', ')}.`]),
  ];
}

function versions(report: Report): string {
  const all: Record<string, string> = {};
  for (const { rounds } of Object.values(report.units)) {
    for (const { ours, theirs } of rounds) Object.assign(all, ours.versions, theirs?.versions);
  }
  return Object.entries(all)
    .map(([name, version]) => (name === 'backend' ? version : `${name} ${version}`))
    .join(', ');
}
