/** Where a text that is too long is cut. */
export type TruncationSide = 'left' | 'middle' | 'right';

const gap = '...(truncated)...';

/**
 * A text of at most `maxLength` characters, with a note where something is missing: at its beginning (`left`), in its
 * `middle`, or at its end (`right`). No character of two UTF-16 units is halved.
 *
 * @example
 * ```ts
 * truncateText('a'.repeat(20) + 'b'.repeat(20), { maxLength: 27, side: 'middle' }); // => 'aaaaa...(truncated)...bbbbb'
 * ```
 */
export function truncateText(
  text: string,
  { maxLength, side }: { readonly maxLength: number; readonly side: TruncationSide },
): string {
  if (text.length <= maxLength) return text;
  const note = gap.slice(0, maxLength);
  const kept = maxLength - note.length;
  const head = side === 'left' ? 0 : side === 'right' ? kept : Math.ceil(kept / 2);
  return text.slice(0, wholeEnd(text, head)) + note + text.slice(wholeStart(text, text.length - (kept - head)));
}

// Not between the two halves of a surrogate pair.
function wholeEnd(text: string, end: number): number {
  return end > 0 && isHigh(text.charCodeAt(end - 1)) ? end - 1 : end;
}

function wholeStart(text: string, start: number): number {
  return start < text.length && start > 0 && isHigh(text.charCodeAt(start - 1)) ? start + 1 : start;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
