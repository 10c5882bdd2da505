import { expect, it } from 'vitest';
import * as advantages from '../advantages/index.ts';
import * as losses from '../losses/index.ts';
import * as advantageEstimators from './advantage-estimators.ts';
import * as policyLosses from './policy-losses.ts';

it('finds an estimator and a loss by the name of the field', () => {
  expect(advantageEstimators.rloo([6, 3])).toEqual([3, -3]);
  const name: keyof typeof policyLosses = 'ppo_clip';
  expect(policyLosses[name]).toBe(losses.clippedPolicyLoss);
});

it('has every policy loss that core exports', () => {
  const exported = Object.values(losses).filter((value) => typeof value === 'function' && 'perToken' in value);
  expect(exported.length).toBeGreaterThan(20);
  expect(new Set<unknown>(Object.values(policyLosses))).toEqual(new Set<unknown>(exported));
});

it('has every function whose name ends in Advantages', () => {
  const named = Object.entries(advantages).filter(([name]) => name.endsWith('Advantages'));
  const known: unknown[] = Object.values(advantageEstimators);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([, estimator]) => !known.includes(estimator)).map(([name]) => name)).toEqual([]);
});
