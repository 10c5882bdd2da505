import { describe, expect, it } from 'vitest';
import { compareSides } from './comparisons.ts';
import type { ChildReport, JobName } from './jobs.ts';
import { renderPage } from './page.ts';
import type { Report, UnitReport } from './report.ts';
import { machineRoof, reached, rooflinePoints, roofsOf } from './roofline.ts';
import { sizes } from './shapes.ts';
import { ratioTable } from './tables.ts';

const child = (results: readonly [JobName, number, number?][], others = 0): ChildReport => ({
  versions: {},
  results: results.map(([job, seconds, peakBytes]) => ({
    job,
    shape: sizes.S,
    firstSeconds: seconds + 2,
    repetitions: [{ seconds, others }],
    peakBytes: peakBytes ?? null,
  })),
});
const unit = (...rounds: [ChildReport, ChildReport | null][]): UnitReport => ({
  at: '2026-01-02T03:04:05.000Z',
  commit: 'abc1234',
  settings: { backend: 'tfjs-node', compiled: true, products: 'float32', threads: 2, rounds: rounds.length },
  rounds: rounds.map(([ours, theirs]) => ({ ours, theirs })),
});

const report: Report = {
  machine: '2 × some core, 24 GB',
  units: {
    roofs: unit([
      child([
        ['gemm', 0.02],
        ['copy', 0.1],
      ]),
      child([
        ['gemm', 0.01],
        ['copy', 0.2],
      ]),
    ]),
    'generate S': unit(
      [
        child([['generate', 0.1]]),
        child([
          ['generate', 0.2],
          ['handloop', 0.1],
        ]),
      ],
      [
        child([['generate', 0.1]]),
        child([
          ['generate', 0.24],
          ['handloop', 0.1],
        ]),
      ],
    ),
    'update S': unit([child([['update', 2, 50e6]], 1), child([['update', 2, 100e6]])]),
    'trl S': unit([child([['trl', 1]]), { versions: {}, results: [], failed: 'ImportError: no trl' }]),
  },
  unfinished: [],
};

describe('ratios', () => {
  const rows = compareSides(report);
  const ratios = rows.map(({ comparison, ratio }) => [comparison.theirs, comparison.measure, ratio]);

  it('are theirs over ours, over all rounds together', () => {
    expect(ratios).toEqual([
      ['generate', 'time', expect.closeTo(2.2, 9)],
      ['handloop', 'time', 1],
      ['update', 'time', 1],
      ['trl', 'time', undefined],
      ['update', 'memory', 2],
    ]);
    expect(rows[0]?.ratioByRound).toEqual([2, 2.4]);
  });

  it('stand beside the goals; a contaminated one reaches none, and one that is missing says why', () => {
    const lines = ratioTable(rows).split('\n').slice(2);
    const last = lines.map((line) => line.split('|').at(-2)?.trim());
    expect(last).toEqual([
      'reached',
      'reached',
      'contaminated: others were at work in every repetition',
      'theirs: ImportError: no trl',
      'moonshot',
    ]);
  });

  it('are none where only our side was run', () => {
    const alone: Report = { ...report, units: { 'update S': unit([child([['update', 2, 50e6]]), null]) } };
    expect(compareSides(alone).map(({ ratio }) => ratio)).toEqual([undefined, undefined]);
    expect(ratioTable(compareSides(alone))).toContain('not measured');
  });
});

describe('the roofline', () => {
  it('takes the better side of each roof', () => {
    const roof = machineRoof(roofsOf(report));
    expect(roof?.gigaflops).toBeCloseTo((2 * 1024 ** 3) / 0.01 / 1e9, 6);
    expect(roof?.gigabytes).toBeCloseTo((2 * 4 * 2 ** 25) / 0.1 / 1e9, 6);
  });

  it('holds work to the slope or to the flat part', () => {
    const roof = { gigaflops: 100, gigabytes: 10 };
    // 2 operations per byte: at most 20 GFLOP/s.
    expect(reached({ flops: 2e9, bytes: 1e9 }, 1, roof)).toEqual({
      gigaflops: 2,
      gigabytes: 1,
      intensity: 2,
      share: 0.1,
    });
    // 50 per byte: at most 100.
    expect(reached({ flops: 50e9, bytes: 1e9 }, 1, roof).share).toBe(0.5);
    expect(reached({ flops: 50e9, bytes: 1e9 }, 1, undefined).share).toBeUndefined();
  });

  it('has a point per side and work', () => {
    expect(rooflinePoints(report).map(({ who, job }) => `${who} ${job}`)).toEqual([
      'rlloom generate',
      'torch generate',
      'torch handloop',
      'rlloom update',
      'torch update',
    ]);
  });
});

describe('the page', () => {
  it('shows what was measured, with its figures, and names what is contaminated', async () => {
    const { text, figures } = await renderPage(report, 'compute');
    expect(Object.keys(figures)).toEqual(['compute-ratios.svg', 'compute-roofline.svg']);
    for (const [file, svg] of Object.entries(figures)) {
      expect(text).toContain(`(plots/${file})`);
      expect(svg).toMatch(/^<svg[^>]*>.*<\/svg>\n$/s);
    }
    expect(text).toContain('**Contaminated**: other processes were at work in every repetition of GRPO update S');
    // 32 sequences of 64 new tokens in 0.1 s.
    expect(text).toContain('20,480');
    expect(text).toMatch(/\| generate S \| 2026-01-02 03:04 UTC \| abc1234 \| tfjs-node, compiled /);
    expect(text).not.toContain('How time grows');
    expect(text).not.toContain('NaN');
    expect(text).not.toContain('undefined');
  });

  it('says what is still to be measured', async () => {
    const { text } = await renderPage({ ...report, unfinished: ['trl M'] }, 'compute');
    expect(text).toContain('Not measured yet: trl M.');
  });

  it('can be written of nothing', async () => {
    const { text, figures } = await renderPage({ machine: 'm', units: {}, unfinished: [] }, 'compute');
    expect(figures).toEqual({});
    expect(text).toContain('# Generation');
  });
});
