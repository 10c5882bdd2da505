import { expect, it } from 'vitest';
import { listTensorNames } from './tensor-names.ts';

it('lists every name, numbers as ranges', () => {
  expect(listTensorNames([])).toBe('');
  expect(listTensorNames(['lm_head.weight'])).toBe('lm_head.weight');
  expect(listTensorNames(['model.layers.3.norm.weight', 'a', 'a.b'])).toBe('model.layers.3.norm.weight, a, a.b');
  expect(listTensorNames([10, 2, 0, 1, 12, 11].map((n) => `h.${n}.bias`))).toBe('h.{0-2,10-12}.bias');
});

it('keeps experts apart from layers, and does not claim names that are not there', () => {
  const experts = [0, 1].flatMap((layer) => [0, 1, 2].map((expert) => `l.${layer}.experts.${expert}.w`));
  expect(listTensorNames(experts)).toBe('l.{0-1}.experts.{0-2}.w');
  expect(listTensorNames(experts.slice(1))).toBe('l.0.experts.{1-2}.w, l.1.experts.{0-2}.w');
});
