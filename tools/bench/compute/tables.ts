import { markdownTable } from 'markdown-table';
import type { ComparedSize, Side } from './comparisons.ts';
import type { GrowthPoint } from './growth.ts';
import type { Roof, RooflinePoint } from './roofline.ts';
import type { Report, Settings } from './report.ts';
import { failuresOf } from './comparisons.ts';
import { isDisturbed } from './repetitions.ts';
import type { Shape } from './shapes.ts';

/** Ratios beside their goals; in Markdown, which reads well in a terminal, too. */
export function ratioTable(compared: readonly ComparedSize[]): string {
  return table(
    ['work', 'against', 'size', 'ratio', 'by round', 'reach', 'moonshot', ''],
    compared.map((row) => [
      row.comparison.work,
      row.comparison.against,
      row.size,
      ratio(row.ratio),
      row.ratioByRound.length > 1 ? `${ratio(row.ratioByRound[0])} – ${ratio(row.ratioByRound.at(-1))}` : '',
      String(row.goal.reach),
      String(row.goal.moonshot),
      verdict(row),
    ]),
    'lllrrrrl',
  );
}

// A contaminated figure neither reaches a goal nor misses it.
function verdict({ ratio: value, goal, failed, isContaminated }: ComparedSize): string {
  if (value === undefined) return failed.length === 0 ? 'not measured' : failed.join('; ');
  if (isContaminated) return 'contaminated: others were at work in every repetition';
  if (value >= goal.moonshot) return 'moonshot';
  return value >= goal.reach ? 'reached' : '';
}

/** Tokens per second of both sides, and how many repetitions stand behind them. */
export function speedTable(compared: readonly ComparedSize[]): string {
  return table(
    ['work', 'size', 'rlloom, tokens/s', 'against', 'tokens/s', 'repetitions (discarded), ours', 'theirs'],
    compared
      .filter(({ comparison }) => comparison.measure === 'time')
      .map(({ comparison, size, ours, theirs }) => [
        comparison.work,
        size,
        tokensPerSecond(ours, comparison.ours),
        comparison.against,
        tokensPerSecond(theirs, comparison.theirs),
        repetitions(ours),
        repetitions(theirs),
      ]),
    'llrlrrr',
  );
}

/** Peak memory of the update. */
export function memoryTable(compared: readonly ComparedSize[]): string {
  return table(
    ['size', 'rlloom, MB', 'torch, MB'],
    compared
      .filter(({ comparison }) => comparison.measure === 'memory')
      .map(({ size, ours, theirs }) => [size, megabytes(ours?.peakBytes), megabytes(theirs?.peakBytes)]),
    'lrr',
  );
}

/** What the first call takes beyond a later one. */
export function compileTable(compared: readonly ComparedSize[]): string {
  const seen = new Set<string>();
  const rows = compared.filter(({ comparison, size, ours }) => {
    const key = `${comparison.work} ${size}`;
    if (comparison.measure !== 'time' || ours?.firstSeconds === undefined || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return table(
    ['work', 'size', 'first call, s', 'later calls, s', 'difference, s'],
    rows.map(({ comparison, size, ours }) => [
      comparison.work,
      size,
      seconds(ours?.firstSeconds),
      seconds(ours?.seconds),
      seconds(Math.max(0, (ours?.firstSeconds ?? 0) - (ours?.seconds ?? 0))),
    ]),
    'llrrr',
  );
}

/** Seconds of one call as shapes grow. */
export function growthTable(points: readonly GrowthPoint[]): string {
  return table(
    ['work', 'varied', 'value', 'rlloom, s', 'torch, s', 'ratio'],
    points.map(({ work, sweep, value, ours, theirs }) => [
      work,
      sweep,
      value.toLocaleString('en'),
      seconds(ours?.seconds),
      seconds(theirs?.seconds),
      ratio(ours === undefined || theirs === undefined ? undefined : theirs.seconds / ours.seconds),
    ]),
    'llrrrr',
  );
}

/** What the machine does. */
export function roofTable(roofs: readonly Roof[]): string {
  return table(
    ['', 'GFLOP/s, matrix product', 'GB/s, copy'],
    roofs.map(({ who, gigaflops, gigabytes }) => [who, gigaflops.toFixed(0), gigabytes.toFixed(1)]),
    'lrr',
  );
}

/** What the work reaches of it. */
export function rooflineTable(points: readonly RooflinePoint[]): string {
  return table(
    ['work', 'size', 'who', 'FLOP per byte', 'GFLOP/s', 'GB/s', 'of the roof'],
    points.map(({ job, size, who, intensity, gigaflops, gigabytes, share }) => [
      job === 'handloop' ? 'generate, hand loop' : job,
      size,
      who,
      intensity.toFixed(1),
      gigaflops.toFixed(1),
      gigabytes.toFixed(2),
      share === undefined ? '' : `${(100 * share).toFixed(0)} %`,
    ]),
    'lllrrrr',
  );
}

/** When each unit was measured, on what, and how quiet the machine was. */
export function unitTable(report: Report): string {
  return table(
    ['unit', 'ended', 'commit', 'ours', 'rounds', 'repetitions disturbed by others', 'failed'],
    Object.entries(report.units).map(([name, { at, commit, settings, rounds }]) => {
      const all = rounds.flatMap(({ ours, theirs }) => [...ours.results, ...(theirs?.results ?? [])]);
      const timed = all.flatMap((result) => result.repetitions);
      return [
        name,
        `${at.slice(0, 16).replace('T', ' ')} UTC`,
        commit ?? 'unknown',
        oursIn(settings),
        String(rounds.length),
        timed.some(({ others }) => others === null)
          ? 'unknown'
          : `${timed.filter(isDisturbed).length} of ${timed.length}`,
        failuresOf(rounds).join('; '),
      ];
    }),
    'llllrrl',
  );
}

function oursIn({ backend, compiled, products }: Settings): string {
  const details = [
    compiled ? 'compiled' : 'operation by operation',
    ...(products === 'float32' ? [] : [`products in ${products}`]),
  ];
  return [backend, ...details].join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[], align: string): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  return markdownTable([[...head], ...escaped], { align: [...align] });
}

function tokensPerSecond(side: Side | undefined, job: string): string {
  if (side === undefined) return '';
  return Math.round(tokens(side.shape, job) / side.seconds).toLocaleString('en');
}

// An update counts all tokens that pass through it, as the peer's script does; all else the new ones.
function tokens({ batch, promptLength, newTokens }: Shape, job: string): number {
  return batch * (job === 'update' ? promptLength + newTokens : newTokens);
}

function repetitions(side: Side | undefined): string {
  if (side === undefined) return '';
  return `${side.counted} (${side.knowsOthers ? side.discarded : 'unknown'})`;
}

const ratio = (value: number | undefined): string => value?.toFixed(2) ?? '';
const seconds = (value: number | undefined): string => value?.toPrecision(3) ?? '';
const megabytes = (bytes: number | undefined): string => (bytes === undefined ? '' : (bytes / 1e6).toFixed(0));
