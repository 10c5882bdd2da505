import type { Task } from '@rlloom/spec';
import { squadNormalize } from '../text/squad-normalize.ts';

/** The choices of a task: text by letter, in order. */
export type Choices = ReadonlyMap<string, string>;

/**
 * Reads `choices` or `options` of a record: a list of texts (letters A, B, … in order), an object of texts by letter,
 * or `{ label: [], text: [] }` as in ARC. Empty when there is none.
 */
export function readChoices({ extra = {} }: Task): Choices {
  const written = extra['choices'] ?? extra['options'];
  if (Array.isArray(written)) {
    return new Map(written.map((text: unknown, index) => [letterAt(index), bareText(String(text))]));
  }
  if (typeof written !== 'object' || written === null) return new Map();
  const { label, text } = written as { readonly label?: unknown; readonly text?: unknown };
  if (Array.isArray(label) && Array.isArray(text)) {
    return new Map(label.map((one, index) => [String(one).toUpperCase(), String(text[index] ?? '')]));
  }
  return new Map(Object.entries(written).map(([letter, value]) => [letter.toUpperCase(), String(value)]));
}

/** The letter whose text this is, by SQuAD's normalisation; `undefined` when none or several have it. */
export function letterOfText(text: string, choices: Choices): string | undefined {
  const wanted = squadNormalize(text);
  const same = [...choices].filter(([, choice]) => wanted !== '' && squadNormalize(choice) === wanted);
  return same.length === 1 ? same[0]?.[0] : undefined;
}

function letterAt(index: number): string {
  return String.fromCodePoint(65 + index);
}

/** "A. Paris" and "(A) Paris" are "Paris". */
function bareText(text: string): string {
  return text.replace(/^\s*\(?[A-Z][).:]\s+/, '').trim();
}
