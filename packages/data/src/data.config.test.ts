import { describe, expect, it } from 'vitest';
import { dataConfig } from './data.config.ts';

describe('dataConfig', () => {
  it('declares every default', () => {
    expect(dataConfig.parse({})).toEqual({
      train: [],
      eval: [],
      onBadRecord: 'error',
      tags: null,
      minDifficulty: null,
      maxDifficulty: null,
      domainRatios: null,
      curriculum: null,
      shuffle: true,
    });
  });

  it.each([
    [{ minDifficulty: 3, maxDifficulty: 2 }, ['minDifficulty']],
    [{ domainRatios: { a: 0 } }, ['domainRatios', 'a']],
    [{ curriculum: { stages: [] } }, ['curriculum', 'stages']],
    [
      { curriculum: { stages: [{ minDifficulty: 3, maxDifficulty: 2 }] } },
      ['curriculum', 'stages', 0, 'minDifficulty'],
    ],
    [{ curriculum: { stages: [{ untilStep: 5 }, { untilStep: 5 }] } }, ['curriculum', 'stages', 1, 'untilStep']],
    [{ curriculum: { stages: [{}, {}] } }, ['curriculum', 'stages', 1, 'untilStep']],
    [{ files: [] }, []],
  ])('refuses %j', (config, path) => {
    expect(dataConfig.safeParse(config).error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});
