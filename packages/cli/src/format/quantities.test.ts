import { expect, it } from 'vitest';
import { formatBytes, formatCount, formatNumber } from './quantities.ts';

it.each([
  [0, '0 B'],
  [1_500, '1.5 kB'],
  [2_000_000_000, '2 GB'],
])('formats %d bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0, '0'],
  [9_999, '9,999'],
  [494_032_768, '494,032,768 (494M)'],
])('formats the count %d', (count, text) => expect(formatCount(count)).toBe(text));

it.each([
  [3, '3'],
  [0.123456, '0.1235'],
  [-1234.5678, '-1235'],
  [1.23456e-9, '1.235e-9'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
])('formats the number %d', (value, text) => expect(formatNumber(value)).toBe(text));
