/** A text on its way to tokens, and where each part of it came from. */
export interface AlignedText {
  readonly text: string;
  /** `[2 * units]`: for every UTF-16 unit of `text` the start and the end of its source in the original text. */
  readonly spans: Int32Array;
  /** Where this part starts in the original text. */
  readonly start: number;
}

/** One character of a changed text. */
export interface Edit {
  readonly character: string;
  /** 0: it stands for the next character of the old text; 1: it is new; -n: n more characters went with that one. */
  readonly change: number;
}

/** A text that nothing has changed yet. */
export function alignText(text: string): AlignedText {
  const spans = new Int32Array(2 * text.length);
  for (let unit = 0; unit < text.length; ) {
    const end = unit + ((text.codePointAt(unit) as number) > 0xffff ? 2 : 1);
    for (let i = unit; i < end; i++) {
      spans[2 * i] = unit;
      spans[2 * i + 1] = end;
    }
    unit = end;
  }
  return { text, spans, start: 0 };
}

/** The units from `start` to `end`. */
export function sliceText({ text, spans, start: base }: AlignedText, start: number, end: number): AlignedText {
  if (start === 0 && end === text.length) return { text, spans, start: spans[0] ?? base };
  const part = spans.subarray(2 * start, 2 * end);
  return { text: text.slice(start, end), spans: part, start: part[0] ?? base };
}

/** Where the units from `start` to `end` stand in the original text. */
export function sourceOf({ spans, start: base }: AlignedText, start: number, end: number): readonly [number, number] {
  return end > start ? [spans[2 * start] as number, spans[2 * end - 1] as number] : [base, base];
}

/**
 * The text that `edits` spell. A new character takes the place of the one before it, as in the Rust tokenizers.
 *
 * @param skipped how many characters at the start are dropped
 */
export function editText({ text, spans, start }: AlignedText, edits: readonly Edit[], skipped = 0): AlignedText {
  const units = edits.reduce((sum, { character }) => sum + character.length, 0);
  const result = new Int32Array(2 * units);
  let old = 0;
  let written = 0;
  const advance = (characters: number) => {
    for (let i = 0; i < characters && old < text.length; i++) old += (text.codePointAt(old) as number) > 0xffff ? 2 : 1;
  };
  advance(skipped);
  for (const { character, change } of edits) {
    const source = change > 0 ? old - 1 : old;
    for (let i = 0; i < character.length; i++) {
      result[written++] = source < 0 ? start : (spans[2 * source] as number);
      result[written++] = source < 0 ? start : (spans[2 * source + 1] as number);
    }
    if (change <= 0) advance(1 - change);
  }
  return { text: edits.map(({ character }) => character).join(''), spans: result, start };
}

/** Without the characters that `isKept` refuses. */
export function filterText(aligned: AlignedText, isKept: (character: string) => boolean): AlignedText {
  const edits: Edit[] = [];
  let removed = 0;
  let skipped = 0;
  let last: string | undefined;
  for (const character of aligned.text) {
    if (!isKept(character)) {
      removed += 1;
      continue;
    }
    if (last === undefined) skipped = removed;
    else edits.push({ character: last, change: -removed });
    last = character;
    removed = 0;
  }
  if (last !== undefined) edits.push({ character: last, change: -removed });
  return editText(aligned, edits, skipped);
}

/** Every character by what `change` makes of it; more characters than one share its place. */
export function mapText(aligned: AlignedText, change: (character: string) => string): AlignedText {
  const edits = [...aligned.text].flatMap((character) =>
    [...change(character)].map((part, index) => ({ character: part, change: index > 0 ? 1 : 0 })),
  );
  return editText(aligned, edits);
}

/** With `prefix` before it, in the place of the first character. Nothing for an empty text. */
export function prependText({ text, spans, start }: AlignedText, prefix: string): AlignedText {
  if (text === '') return { text, spans, start };
  const result = new Int32Array(2 * prefix.length + spans.length);
  for (let i = 0; i < prefix.length; i++) result.set(spans.subarray(0, 2), 2 * i);
  result.set(spans, 2 * prefix.length);
  return { text: prefix + text, spans: result, start };
}

/** With `content` for every match of `pattern`, in the place of the last character of the match. */
export function replaceInText(aligned: AlignedText, pattern: RegExp, content: string): AlignedText {
  const { text, spans, start } = aligned;
  const parts: string[] = [];
  const pieces: Int32Array[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const after = match.index + match[0].length;
    parts.push(text.slice(end, match.index), content);
    const place = after === 0 ? Int32Array.of(start, start) : spans.subarray(2 * after - 2, 2 * after);
    pieces.push(spans.subarray(2 * end, 2 * match.index), ...Array.from(content.split(''), () => place));
    end = after;
  }
  if (parts.length === 0) return aligned;
  parts.push(text.slice(end));
  pieces.push(spans.subarray(2 * end));
  const joined = parts.join('');
  const result = new Int32Array(2 * joined.length);
  let offset = 0;
  for (const piece of pieces) {
    result.set(piece, offset);
    offset += piece.length;
  }
  return { text: joined, spans: result, start };
}
