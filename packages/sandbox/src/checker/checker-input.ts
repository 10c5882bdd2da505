/** What the checker programs read: plain data. */
export type CheckerValue =
  | string
  | boolean
  | number
  | null
  | readonly CheckerValue[]
  | { readonly [key: string]: CheckerValue };

/**
 * A value in the codec of the Python checker: a letter for the type, a length, a colon, bytes. Numbers are whole.
 *
 * @example
 * ```ts
 * encodeCheckerInput({ tests: ['é'] }).toString(); // => 'M1:S5:testsL1:S2:é'
 * ```
 */
export function encodeCheckerInput(value: CheckerValue): Buffer {
  const chunks: Buffer[] = [];
  const write = (current: CheckerValue): void => {
    if (current === null) chunks.push(Buffer.from('N'));
    else if (typeof current === 'boolean') chunks.push(Buffer.from(current ? 'T' : 'F'));
    else if (typeof current === 'number') tagged('I', current.toString(16));
    else if (typeof current === 'string') tagged('S', current);
    else if (isList(current)) {
      chunks.push(Buffer.from(`L${current.length}:`));
      for (const item of current) write(item);
    } else {
      const entries = Object.entries(current);
      chunks.push(Buffer.from(`M${entries.length}:`));
      for (const [key, item] of entries) {
        write(key);
        write(item);
      }
    }
  };
  const tagged = (tag: string, text: string): void => {
    const bytes = Buffer.from(text);
    chunks.push(Buffer.from(`${tag}${bytes.length}:`), bytes);
  };
  write(value);
  return Buffer.concat(chunks);
}

function isList(value: CheckerValue): value is readonly CheckerValue[] {
  return Array.isArray(value);
}
