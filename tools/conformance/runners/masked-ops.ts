import { maskedMean, maskedSum, maskedVariance, maskedWhiten } from '@rlloom/core';
import type { AlgorithmRunner } from '../algorithm-runner.ts';
import { tensor } from './case-inputs.ts';

export const maskedOps: AlgorithmRunner = {
  inputs: ['values', 'mask'],
  params: [],
  run({ inputs }) {
    const values = tensor(inputs, 'values');
    const mask = tensor(inputs, 'mask');
    return {
      masked_sum: maskedSum(values, mask),
      masked_sum_rows: maskedSum(values, mask, -1),
      masked_mean: maskedMean(values, mask),
      masked_mean_rows: maskedMean(values, mask, -1),
      masked_var: maskedVariance(values, mask),
      masked_var_biased: maskedVariance(values, mask, { ddof: 0 }),
      whiten: maskedWhiten(values, mask),
      whiten_no_shift: maskedWhiten(values, mask, { shiftMean: false }),
    };
  },
};
