import { expect, it } from 'vitest';
import { ShapeError } from './shape-error.ts';

it('says which function, what it expected and what it was given', () => {
  const error = new ShapeError('maskedMean', 'equal shapes', { values: [2, 3], mask: [2] });
  expect(error.message).toBe('maskedMean: expected equal shapes, given values [2,3], mask [2]');
  expect(error).toMatchObject({ name: 'ShapeError', caller: 'maskedMean', given: { values: [2, 3], mask: [2] } });
});
