import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatPath, parsePath } from './config-path.ts';

it('reads back every path it writes', () => {
  const segment = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a.b', 'a b', '"', "'", '=', '\\', 'ä', '0'));
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
      expect(parsePath(formatPath(segments))).toEqual(segments);
    }),
  );
});

it('takes single quotes as well', () => {
  expect(parsePath("weights.'math.hard'")).toEqual(['weights', 'math.hard']);
});

it.each(['', 'a.', '.a', 'a..b', 'a"b"', '"a', 'a=b'])('refuses %j', (text) => {
  expect(() => parsePath(text)).toThrow('is not a path of keys');
});
