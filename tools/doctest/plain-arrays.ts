/** A copy with every typed array as a plain array, so that an example may write `// => [1, 2]` for both. */
export function plainArrays(value: unknown): unknown {
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return Array.from(value as Iterable<unknown> & ArrayBufferView);
  if (Array.isArray(value)) return value.map(plainArrays);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plainArrays(entry)]));
}
