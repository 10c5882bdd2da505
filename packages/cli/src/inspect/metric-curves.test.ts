import { expect, it } from 'vitest';
import { addStep, curveTable, type StageCurves } from './metric-curves.ts';

const empty: StageCurves = { stage: 'rlvr', step: 0, curves: new Map() };

it('remembers where a metric began, where it stands and how far it went', () => {
  let curves = addStep(empty, 1, { reward: 0.5 });
  curves = addStep(curves, 2, { reward: -1, entropy: 2 });
  curves = addStep(curves, 3, { reward: 0.25, entropy: 1 });
  expect(curves.step).toBe(3);
  expect(curves.curves.get('reward')).toEqual({ first: 0.5, last: 0.25, least: -1, greatest: 0.5 });
  expect(curves.curves.get('entropy')).toEqual({ first: 2, last: 1, least: 1, greatest: 2 });
});

it('shows a value that is not finite but keeps it out of the range', () => {
  let curves = addStep(empty, 1, { loss: Number.NaN });
  expect(curves.curves.get('loss')).toEqual({
    first: Number.NaN,
    last: Number.NaN,
    least: Number.NaN,
    greatest: Number.NaN,
  });
  curves = addStep(curves, 2, { loss: 3 });
  curves = addStep(curves, 3, { loss: Number.POSITIVE_INFINITY });
  expect(curves.curves.get('loss')).toEqual({
    first: Number.NaN,
    last: Number.POSITIVE_INFINITY,
    least: 3,
    greatest: 3,
  });
});

it('lists metrics in alphabetical order', () => {
  const lines = curveTable(addStep(empty, 1, { b: 1, a: 0.123456 }));
  expect(lines).toEqual([
    'metric    last   first   least  greatest',
    'a       0.1235  0.1235  0.1235    0.1235',
    'b            1       1       1         1',
  ]);
});
