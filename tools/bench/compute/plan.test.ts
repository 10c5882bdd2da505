import { expect, it } from 'vitest';
import { planUnits, sectionNames, sweeps } from './plan.ts';
import { sizes } from './shapes.ts';

it('plans every section and size once, with the peer’s jobs beside ours', () => {
  const units = planUnits({ sections: sectionNames, sizes: ['S', 'L'], rounds: 2 });
  expect(units.map(({ name }) => name)).toEqual([
    'roofs',
    'generate S',
    'generate L',
    'update S',
    'update L',
    'trl S',
    'trl L',
    'growth with batch',
    'growth with new tokens',
    'growth with vocabulary',
    'growth with layers',
  ]);
  const generation = units[1];
  expect(generation?.ours.map(({ job }) => job)).toEqual(['generate']);
  expect(generation?.theirs.map(({ job }) => job)).toEqual(['generate', 'handloop']);
  expect(generation?.rounds).toBe(2);
});

it('measures our generation for the hand-written loop alone, too', () => {
  const [unit] = planUnits({ sections: ['handloop'], sizes: ['M'], rounds: 1 });
  expect(unit?.ours.map(({ job }) => job)).toEqual(['generate']);
  expect(unit?.theirs.map(({ job }) => job)).toEqual(['handloop']);
});

it('varies one number of size M at a time, through M itself', () => {
  for (const values of Object.values(sweeps)) {
    expect(values.map(({ value }) => value)).toEqual(values.map(({ value }) => value).toSorted((a, b) => a - b));
    const changed = values.map(({ shape }) =>
      Object.entries(shape).filter(([key, value]) => sizes.M[key as keyof typeof sizes.M] !== value),
    );
    expect(changed.map((entries) => entries.length)).toEqual([1, 0, 1]);
  }
});
