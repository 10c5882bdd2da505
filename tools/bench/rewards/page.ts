import { markdownTable } from 'markdown-table';
import { median } from '../median.ts';
import { goalsOf, isContaminated, type RewardsReport, type SideFigures } from './report.ts';

/** The page of a report as Markdown. */
export function renderRewardsPage(report: RewardsReport): string {
  const { ours, peer, pool } = report;
  const sides: [string, SideFigures][] = [
    ['rlloom', ours],
    ...(peer === null ? [] : [[peer.version, peer] as [string, SideFigures]]),
  ];
  const commit = report.commit === null ? '' : `, commit ${report.commit}`;
  const parts = [
    '<!-- Written by `npm run bench -- rewards` from rewards.json: run it again, do not edit. -->',
    '# Rewards beside math-verify',
    `\`npm run bench -- rewards --peer PYTHON\`: ${report.machine}, ${ours.version}, load average ${report.load.toFixed(2)} at the start,
${report.at.slice(0, 10)}${commit} ([figures](rewards.json)).`,
    ...(isContaminated(report)
      ? ['**Contaminated**: other work was under way on the machine. Run it again where nothing else runs.']
      : []),
    '## Goals',
    table(
      ['', 'goal', 'measured', ''],
      goalsOf(report).map(({ what, goal, measured, isReached }) => [what, goal, measured, outcome(report, isReached)]),
      'lrrl',
    ),
    '## One verification',
    `${report.cases} cases of the suites of math verifiers in \`../shared/fixtures/math\`, extraction included: those in which formulas and
numbers are looked for, without those made to break a verifier. Sides take turns, each turn in a process of its own on one
thread: every case once to warm up, once with a clock. Right: the verdict is that of the label.`,
    table(
      ['', 'per second and core', 'by turn', 'mean, ms', 'median', 'p99', 'most', 'right'],
      sides.map(([name, { perSecond, ms, right }]) => [
        name,
        count(median(perSecond)),
        perSecond.map(count).join(', '),
        ms.mean.toFixed(3),
        ms.median.toFixed(3),
        ms.p99.toFixed(2),
        ms.max.toFixed(1),
        `${right} of ${report.cases}`,
      ]),
      'lrrrrrrr',
    ),
    '## Threads',
    `A pool with the default options scores ${count(pool.samples)} samples, the same cases over and over: queueing, messages between threads and
deadlines included. Samples per second, by turn.`,
    table(
      ['threads', 'samples per second', 'by turn'],
      [
        ['1', count(median(pool.oneThread)), pool.oneThread.map(count).join(', ')],
        ['2', count(median(pool.twoThreads)), pool.twoThreads.map(count).join(', ')],
      ],
      'rrr',
    ),
    `A pool of two threads starts in ${ms(median(pool.startMs))} (median of ${pool.startMs.length}; ${ms(Math.max(...pool.startMs))} at most), rewards loaded.
${tensorNote(report)}`,
    '## Hung samples',
    `A reward that never returns, with a deadline of 300 ms, ten times: its verdict is there ${ms(median(pool.overrunMs))} after the deadline
(median; ${ms(Math.max(...pool.overrunMs))} at most). Of ${pool.neighbours} samples scored beside a hung one, ${pool.lostNeighbours} got no verdict.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function outcome(report: RewardsReport, isReached: boolean | undefined): string {
  if (isReached === undefined) return 'not known';
  if (isReached) return 'reached';
  return isContaminated(report) ? 'contaminated' : 'missed';
}

function tensorNote({ pool: { tensorGlobals, tensorGlobalsWhenLoaded } }: RewardsReport): string {
  const left = `tfjs leaves ${tensorGlobalsWhenLoaded.map((name) => `\`${name}\``).join(' and ') || 'nothing'} on the global object where it is loaded`;
  return tensorGlobals.length === 0
    ? `${left}; a thread that has scored math has no such name.`
    : `${left}; a thread that has scored math has ${tensorGlobals.join(', ')}.`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function table(head: string[], rows: string[][], align: string): string {
  return markdownTable([head, ...rows], { align: align.split('') });
}
