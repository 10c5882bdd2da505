import { expect, expectTypeOf, it } from 'vitest';
import { sigmoidPairLoss } from './dpo-sigmoid-losses.ts';
import * as preferenceLosses from './preference-losses.ts';

it('knows every loss of pairs, and the others, by the names of the field', () => {
  // TRL 1.16's `loss_type` of DPO and KTO, its other trainers, and two of its earlier names.
  const names = [
    ...['sigmoid', 'hinge', 'ipo', 'exo_pair', 'nca_pair', 'robust', 'bco_pair', 'sppo_hard', 'aot', 'aot_unpaired'],
    ...['apo_zero', 'apo_down', 'discopop', 'sft', 'sigmoid_norm', 'kto', 'apo_zero_unpaired', 'cdpo', 'kto_pair'],
    ...['dpo', 'bco', 'orpo', 'cpo', 'simpo', 'alphapo', 'reward_model', 'log_exp', 'gkd', 'xpo', 'nash_md', 'mpo'],
  ];
  expect(Object.keys(preferenceLosses).toSorted()).toEqual(names.toSorted());
  for (const loss of Object.values(preferenceLosses)) expect(loss).toBeTypeOf('function');
  expect(preferenceLosses.sigmoid).toBe(sigmoidPairLoss);
  expectTypeOf(preferenceLosses.sigmoid).toEqualTypeOf(sigmoidPairLoss);
});
