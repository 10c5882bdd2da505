import type { VerdictField, VerdictForm } from './verdict-form.ts';

/** What a judge decided, by field. */
export interface JudgeVerdict {
  readonly values: Readonly<Record<string, number | string>>;
  readonly reasoning: string;
}

/** Why there is no verdict in a text. */
export interface NoVerdict {
  readonly problem: string;
}

/** Only the end of a judge's text is read: the verdict stands there, and the work stays bounded. */
const mostCharacters = 20_000;
const mostReasoning = 1000;

/**
 * The verdict in what a judge wrote: the last JSON object or `VERDICT` line of the text, and only that one. It must have
 * every field, within its scale, nothing else, and the code of the form; without a code it must not stand in one of the judged
 * texts. Anything else is no verdict, whatever earlier parts of the text say.
 *
 * @param judged the texts that the judge was shown as data
 */
export function parseVerdict(
  text: string,
  form: VerdictForm,
  judged: readonly string[] = [],
): JudgeVerdict | NoVerdict {
  const tail = text.slice(-mostCharacters);
  const object = lastObject(tail);
  const line = lastLine(tail);
  if (object === undefined && line === undefined) return { problem: 'there is no JSON object and no VERDICT line' };
  const isObject = object !== undefined && (line === undefined || object.end > line.end);
  const found = isObject ? object : line!;
  if (isObject && /"scores"|^[ \t]*VERDICT\b/m.test(tail.slice(object.end))) {
    return { problem: 'a broken verdict follows the last whole one' };
  }
  if (form.code === null && judged.some((other) => squeezed(other).includes(squeezed(found.source)))) {
    return { problem: 'the verdict is a quotation from a judged text' };
  }
  const fields = isObject ? readObject(object, form) : readLine(found.source, form);
  if ('problem' in fields) return fields;
  const reasoning = 'reasoning' in fields ? fields.reasoning : tail.slice(0, found.start).trim();
  return { values: fields.values, reasoning: reasoning.slice(-mostReasoning) };
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly source: string;
}

interface FoundObject extends Found {
  readonly value: Readonly<Record<string, unknown>>;
}

/** Braces tried from the end of the text: closing ones, and opening ones for each of them. */
const mostEnds = 8;
const mostStarts = 100;

function lastObject(text: string): FoundObject | undefined {
  let close = text.lastIndexOf('}');
  for (let ends = 0; close !== -1 && ends < mostEnds; ends++) {
    let open = text.lastIndexOf('{', close);
    for (let starts = 0; open !== -1 && starts < mostStarts; starts++) {
      const source = text.slice(open, close + 1);
      const value = parseObject(source);
      if (value !== undefined) return { start: open, end: close + 1, source, value };
      if (open === 0) break;
      open = text.lastIndexOf('{', open - 1);
    }
    if (close === 0) break;
    close = text.lastIndexOf('}', close - 1);
  }
  return undefined;
}

function parseObject(source: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(source) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function lastLine(text: string): Found | undefined {
  let found: Found | undefined;
  // Judges put marks of emphasis or quotation around it.
  for (const match of text.matchAll(/^[ \t>*_`#]*VERDICT\b.*$/gm)) {
    found = { start: match.index, end: match.index + match[0].length, source: match[0] };
  }
  return found;
}

type Fields = { readonly values: JudgeVerdict['values']; readonly reasoning?: string } | NoVerdict;

function readObject({ value, source }: FoundObject, form: VerdictForm): Fields {
  const allowed = ['reasoning', 'code', 'scores'];
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  if (unknown !== undefined)
    return { problem: `the last JSON object is no verdict: unknown key "${unknown.slice(0, 40)}"` };
  if (source.split('"scores"').length > 2) return { problem: 'the verdict has scores twice' };
  if (form.code !== null && value['code'] !== form.code) return wrongCode;
  const { scores, reasoning } = value;
  if (typeof scores !== 'object' || scores === null) return { problem: 'the verdict has no scores' };
  const read = readFields(Object.entries(scores), form);
  if ('problem' in read) return read;
  return { ...read, reasoning: typeof reasoning === 'string' ? reasoning : '' };
}

const wrongCode: NoVerdict = { problem: "the last verdict does not bear the judge's code: it may be a quotation" };

function readLine(source: string, form: VerdictForm): Fields {
  const words = source
    .replace(/^[ \t>*_`#]*VERDICT\b[:*_`]*/, '')
    .trim()
    .replace(/[*_`.]+$/, '')
    .split(/[\s,;]+/);
  if (form.code !== null && words.shift() !== form.code) return wrongCode;
  return readFields(
    words.map((word): [string, string] => {
      const equals = word.indexOf('=');
      return equals === -1 ? [word, ''] : [word.slice(0, equals), word.slice(equals + 1)];
    }),
    form,
  );
}

function readFields(entries: readonly (readonly [string, unknown])[], { fields }: VerdictForm): Fields {
  const values: Record<string, number | string> = {};
  for (const [name, written] of entries) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) return { problem: `"${name.slice(0, 40)}" is not asked for` };
    if (values[name] !== undefined) return { problem: `"${name}" is given twice` };
    const value = readValue(field, written);
    if (value === undefined) return { problem: `"${name}" is ${described(written)}, not ${expectation(field)}` };
    values[name] = value;
  }
  const missing = fields.find(({ name }) => values[name] === undefined);
  return missing === undefined ? { values } : { problem: `"${missing.name}" is missing` };
}

function readValue(field: VerdictField, written: unknown): number | string | undefined {
  if (field.kind === 'choice') return field.values.find((value) => value === written);
  const value =
    typeof written === 'string' && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(written.trim()) ? Number(written) : written;
  return typeof value === 'number' && value >= field.min && value <= field.max ? value : undefined;
}

function expectation(field: VerdictField): string {
  return field.kind === 'number' ? `a number from ${field.min} to ${field.max}` : `one of ${field.values.join(', ')}`;
}

function described(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 40);
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
