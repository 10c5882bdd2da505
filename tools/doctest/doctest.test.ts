import { selectBackend } from '@rlloom/tensor';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { plainArrays } from './plain-arrays.ts';

interface CompiledExample {
  run(check: (actual: unknown, expected: unknown, place: string) => void, expectation: typeof expect): Promise<void>;
}

beforeAll(() => selectBackend({ backend: 'cpu' }));

describe('documented examples', () => {
  for (const [index, place] of inject('examples').entries()) {
    it(place, async () => {
      const example = (await import(/* @vite-ignore */ `doctest-example:${index}`)) as CompiledExample;
      await example.run((actual, expected, where) => expect(plainArrays(actual), where).toEqual(expected), expect);
    });
  }
});
