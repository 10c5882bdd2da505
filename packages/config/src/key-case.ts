/**
 * A camelCase key of a schema as people write it in files and on the command line: snake_case. The way back is
 * never computed from the text: the schema says which keys exist.
 *
 * @example
 * ```ts
 * toSnakeCase('clipRatioHigh'); // => 'clip_ratio_high'
 * toSnakeCase('beta1'); // => 'beta1'
 * ```
 */
export function toSnakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
