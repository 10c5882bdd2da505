import { maskedMean, maskedSum, maskedVariance, maskedWhiten, whitenOverTokens } from '@rlloom/core';
import type { AlgorithmRunner } from '../algorithm-runner.ts';
import { numbers, tensor } from './case-inputs.ts';

export const maskedOps: AlgorithmRunner = {
  inputs: ['values', 'mask'],
  params: [],
  run({ inputs }) {
    // A tensor program cannot look at its mask: the same over arrays rejects one without a variance.
    whitenOverTokens(numbers(inputs, 'values'), numbers(inputs, 'mask'));
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
