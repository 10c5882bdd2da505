import { expect, it } from 'vitest';
import { finishedBefore, type Report, type Settings, type UnitReport } from './report.ts';

const settings: Settings = { backend: 'tfjs-node', compiled: false, products: 'float32', threads: 2, rounds: 2 };
const unit: UnitReport = { at: '2026-01-01T00:00:00.000Z', commit: 'abc', settings, rounds: [] };
const now = { settings, commit: 'abc', machine: 'two cores' };
const report: Report = {
  machine: 'two cores',
  units: { 'generate S': unit, 'update S': unit },
  unfinished: ['update S', 'trl S'],
};
const planned = ['generate S', 'update S', 'trl S'];

it('keeps what an interrupted run has finished', () => {
  expect(finishedBefore(report, planned, now)).toEqual(['generate S']);
});

it('keeps nothing of a run that ended, or of other code, settings or machines', () => {
  expect(finishedBefore({ ...report, unfinished: [] }, planned, now)).toEqual([]);
  expect(finishedBefore(report, planned, { ...now, commit: 'abc+' })).toEqual([]);
  expect(finishedBefore(report, planned, { ...now, machine: 'three cores' })).toEqual([]);
  expect(finishedBefore(report, planned, { ...now, settings: { ...settings, compiled: true } })).toEqual([]);
});
