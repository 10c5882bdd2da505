/** How what a program printed is compared with what was expected. */
export interface OutputRules {
  /**
   * `exact`: every byte. `end`: without line ends at the very end (as Sandbox Fusion's clients do). `line-ends`: also
   * without spaces at the end of each line, and `\r\n` is `\n`. `tokens`: only the words between white space count.
   */
  readonly whitespace: 'exact' | 'end' | 'line-ends' | 'tokens';
  /** Numbers may differ by this, relative to the larger one or, below 1, absolutely; `null` = not at all. */
  readonly floatTolerance: number | null;
}

/**
 * Whether two outputs are the same under the rules. With a tolerance, words that are both decimal numbers compare as
 * numbers; everything else must be identical.
 *
 * @example
 * ```ts
 * outputsMatch('1 2 \n', '1 2', { whitespace: 'line-ends', floatTolerance: null }); // => true
 * outputsMatch('0.3333', '0.33333', { whitespace: 'tokens', floatTolerance: 1e-3 }); // => true
 * ```
 */
export function outputsMatch(got: string, expected: string, { whitespace, floatTolerance }: OutputRules): boolean {
  const left = normalize(got, whitespace);
  const right = normalize(expected, whitespace);
  if (left === right) return true;
  if (floatTolerance === null) return false;
  const leftParts = left.split(/(\s+)/);
  const rightParts = right.split(/(\s+)/);
  return (
    leftParts.length === rightParts.length &&
    leftParts.every((part, index) => partsMatch(part, rightParts[index]!, floatTolerance))
  );
}

/** Whether two numbers are the same within a tolerance that is relative above 1 and absolute below. */
export function numbersMatch(left: number, right: number, tolerance: number): boolean {
  if (left === right) return true;
  const scale = Math.max(1, Math.abs(left), Math.abs(right));
  return Number.isFinite(scale) && Math.abs(left - right) <= tolerance * scale;
}

function normalize(text: string, whitespace: OutputRules['whitespace']): string {
  switch (whitespace) {
    case 'exact':
      return text;
    case 'end':
      return text.replace(/\n+$/, '');
    case 'line-ends':
      return text
        .split(/\r?\n/)
        .map((line) => line.trimEnd())
        .join('\n')
        .replace(/\n+$/, '');
    case 'tokens':
      return text.trim().replace(/\s+/g, ' ');
  }
}

const decimal = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

function partsMatch(left: string, right: string, tolerance: number): boolean {
  if (left === right) return true;
  return decimal.test(left) && decimal.test(right) && numbersMatch(Number(left), Number(right), tolerance);
}
