/** A part of a text, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Names of the variables that mark the blocks. */
export const generationMarks = { start: 'rlloom_generation_start', end: 'rlloom_generation_end' } as const;

const openTag = /\{%(-?)\s*generation\s*(-?)%\}/g;
const closeTag = /\{%(-?)\s*endgeneration\s*(-?)%\}/g;

/** Whether a template says which parts the assistant writes. */
export const hasGenerationBlocks = (template: string): boolean => template.search(openTag) >= 0;

/**
 * A template whose `{% generation %}` blocks write marks around what they hold. Each tag becomes two of Jinja's own
 * with the mark between them: the first keeps what the tag does to white space before it, the second what it does to
 * white space after it.
 */
export const markGenerationBlocks = (template: string): string =>
  template
    .replace(openTag, `{%$1 if true %}{{ ${generationMarks.start} }}{% if true $2%}`)
    .replace(closeTag, `{%$1 endif %}{{ ${generationMarks.end} }}{% endif $2%}`);

/** Two characters of no meaning that the given texts do not have. */
export function unusedMarks(text: string): readonly [start: string, end: string] {
  // U+FDD0 to U+FDEF are reserved for uses inside a program.
  const unused = Array.from({ length: 32 }, (_, i) => String.fromCharCode(0xfdd0 + i)).filter(
    (mark) => !text.includes(mark),
  );
  return [unused[0] ?? '\ufdd0', unused[1] ?? '\ufdd1'];
}

/** The text without marks, and where they stood. */
export function takeMarks(
  marked: string,
  [startMark, endMark]: readonly [string, string],
): { readonly text: string; readonly ranges: readonly TextRange[] } {
  const ranges: TextRange[] = [];
  let text = '';
  let start = 0;
  for (const part of marked.split(new RegExp(`([${startMark}${endMark}])`))) {
    if (part === startMark) start = text.length;
    else if (part === endMark) ranges.push({ start, end: text.length });
    else text += part;
  }
  return { text, ranges };
}
