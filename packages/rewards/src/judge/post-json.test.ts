import { describe, expect, it } from 'vitest';
import { retryAfter } from './post-json.ts';

describe('retryAfter', () => {
  it.each([
    [{}, undefined],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': ' 0 ' }, 0],
    [{ 'retry-after': '' }, undefined],
    [{ 'retry-after': 'soon' }, undefined],
    [{ 'retry-after': '-1' }, undefined],
    [{ 'retry-after': 'Sat, 01 Jan 2000 00:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Fri, 31 Dec 1999 00:00:00 GMT' }, 0],
    [{ 'retry-after': '9', 'retry-after-ms': '30' }, 30],
    [{ 'retry-after': '9', 'retry-after-ms': 'x' }, 9000],
  ])('%j', (headers, expected) => {
    expect(retryAfter(new Headers(headers as Record<string, string>), Date.UTC(2000, 0, 1))).toBe(expected);
  });
});
