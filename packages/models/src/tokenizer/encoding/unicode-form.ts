import { type AlignedText, type Edit, editText } from './aligned-text.ts';

/** A Unicode normalization form. */
export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

/** The text in a Unicode normalization form. */
export function toUnicodeForm(aligned: AlignedText, form: UnicodeForm): AlignedText {
  if (aligned.text.normalize(form) === aligned.text) return aligned;
  const decomposed = decompose(aligned.text, form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');
  return editText(aligned, form === 'NFC' || form === 'NFKC' ? compose(decomposed) : decomposed);
}

function decompose(text: string, form: 'NFD' | 'NFKD'): Edit[] {
  const edits: Edit[] = [];
  for (const source of text) {
    [...source.normalize(form)].forEach((character, index) => {
      // Marks go in the order of their classes, which String.normalize knows: it swaps two of them if it must.
      let at = edits.length;
      while (at > 0 && mustSwap((edits[at - 1] as Edit).character, character)) at -= 1;
      edits.splice(at, 0, { character, change: index > 0 ? 1 : 0 });
    });
  }
  return edits;
}

function compose(edits: readonly Edit[]): Edit[] {
  const result: Edit[] = [];
  let base: Edit | undefined;
  let marks: Edit[] = [];
  for (const edit of edits) {
    const last = marks.at(-1);
    const isMark = isReordered(edit.character);
    if (base === undefined) {
      if (isMark) result.push(edit);
      else base = edit;
      continue;
    }
    const isBlocked = last !== undefined && !isBefore(last.character, edit.character);
    const whole = isBlocked ? undefined : composed(base.character, edit.character);
    if (whole !== undefined) {
      base = { character: whole, change: base.change + edit.change - 1 };
    } else if (isMark) {
      marks.push(edit);
    } else {
      result.push(base, ...marks);
      base = edit;
      marks = [];
    }
  }
  return base === undefined ? result : [...result, base, ...marks];
}

function composed(base: string, next: string): string | undefined {
  const whole = (base + next).normalize('NFC');
  return whole.length === ((whole.codePointAt(0) as number) > 0xffff ? 2 : 1) ? whole : undefined;
}

const mustSwap = (first: string, second: string): boolean =>
  first !== second && second !== '' && (first + second).normalize('NFD') === second + first;

// Both are marks, and the class of the first is the lower one.
const isBefore = (first: string, second: string): boolean => mustSwap(second, first);

// A mark that has a class moves before the last class or after the first one.
const lowest = '\u0334';
const highest = '\u0345';
const isReordered = (character: string): boolean =>
  /\p{M}/u.test(character) &&
  (character === lowest || character === highest || mustSwap(character, lowest) || mustSwap(highest, character));
