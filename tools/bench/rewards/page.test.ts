import { describe, expect, it } from 'vitest';
import { renderRewardsPage } from './page.ts';
import { goalsOf, type RewardsReport, sideFigures } from './report.ts';

const report: RewardsReport = {
  machine: '2 × CPU',
  at: '2026-01-02T03:04:05Z',
  commit: 'abc',
  load: 0.25,
  cases: 4,
  ours: sideFigures([
    { ms: [1, 1, 1, 1], right: 4, version: 'Node v20' },
    { ms: [2, 2, 2, 2], right: 4, version: 'Node v20' },
  ]),
  peer: sideFigures([{ ms: [40, 40, 40, 40], right: 3, version: 'math-verify 0.9.0' }]),
  pool: {
    oneThread: [1000, 1000],
    twoThreads: [1900, 1700],
    speedUp: 1.8,
    samples: 12_000,
    startMs: [100, 200, 400],
    overrunMs: [20, 51],
    neighbours: 630,
    lostNeighbours: 0,
    tensorGlobals: [],
    tensorGlobalsWhenLoaded: ['_tfengine'],
  },
};

describe('the page of rewards', () => {
  it('holds each figure against its goal', () => {
    const reached = goalsOf(report).map(({ measured, isReached }) => [measured, isReached]);
    expect(reached).toEqual([
      ['30', true],
      ['2.00', true],
      ['1.80', true],
      ['200', true],
      ['51', false],
      ['0', true],
      ['0', true],
    ]);
    const silent = { ...report, peer: null, pool: { ...report.pool, tensorGlobalsWhenLoaded: [] } };
    expect(goalsOf(silent).map(({ isReached }) => isReached)).toEqual([
      undefined,
      true,
      true,
      true,
      false,
      true,
      undefined,
    ]);
  });

  it('holds nothing against a machine that had other work', () => {
    expect(renderRewardsPage(report)).toMatch(/\| missed +\|/);
    const page = renderRewardsPage({ ...report, load: 9 });
    expect(page).toMatch(/Contaminated.*\| contaminated +\|/s);
    expect(page).not.toMatch(/\| missed +\|/);
  });

  it('has a row per side', () => {
    const page = renderRewardsPage(report);
    expect(page).toMatch(/\| rlloom +\| +750 \| +1,000, 500 \| +1\.500 \| +1\.500 \| +2\.00 \| +2\.0 \| +4 of 4 \|/);
    expect(page).toMatch(/\| math-verify 0\.9\.0 \| +25 \|/);
    expect(page).toContain('2 × CPU, Node v20, load average 0.25');
    expect(renderRewardsPage({ ...report, peer: null })).not.toContain('| math-verify');
  });
});
