import { expect } from 'vitest';

// A row of numbers equals the same numbers whether it is a plain or a typed array, so that tests can write `[1, 2]`.
expect.addEqualityTesters([
  function typedArrays(actual: unknown, expected: unknown): boolean | undefined {
    if (!isTypedArray(actual) || !Array.isArray(expected)) return undefined;
    return this.equals(Array.from(actual), expected);
  },
]);

function isTypedArray(value: unknown): value is Iterable<number> & ArrayBufferView {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
