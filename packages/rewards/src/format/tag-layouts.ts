// Layouts of tags as the field's rewards check them. All give a share from 0 to 1.

/** 1 when tags come once each, in this order, filled, with nothing but white space around them. */
export function tagsInOrder(text: string, names: readonly string[]): number {
  let rest = text.trim();
  for (const name of names) {
    const [open, close] = [`<${name}>`, `</${name}>`];
    if (!rest.startsWith(open)) return 0;
    const end = rest.indexOf(close);
    if (end === -1 || rest.lastIndexOf(open) !== 0 || rest.lastIndexOf(close) !== end) return 0;
    if (rest.slice(open.length, end).trim() === '') return 0;
    rest = rest.slice(end + close.length).trimStart();
  }
  return rest === '' ? 1 : 0;
}

/** TRL's `think_format_reward`: the text starts with the only `<think>`, which is closed; it may be empty. */
export function trlThinkFormat(text: string): number {
  return text.startsWith('<think>') && text.lastIndexOf('<think>') === 0 && text.includes('</think>') ? 1 : 0;
}

/** open-r1's `format_reward`: think and answer on lines of their own; more lines may follow. */
export function openR1Format(text: string): number {
  return /<think>\n.*?\n<\/think>\n<answer>\n.*?\n<\/answer>$/msy.test(text) ? 1 : 0;
}

/** open-r1's `tag_count_reward`: a quarter for each of its four tags that comes exactly once, with its line breaks. */
export function openR1TagCount(text: string): number {
  const tags = ['<think>\n', '\n</think>\n', '\n<answer>\n', '\n</answer>'];
  return tags.filter((tag) => text.split(tag).length === 2).length / 4;
}

/** verl's format for Geometry3K: `<think>…</think>` first, then a `\boxed{…}`. */
export function geo3kFormat(text: string): number {
  const closed = text.startsWith('<think>') ? text.indexOf('</think>', 7) : -1;
  const box = closed === -1 ? -1 : text.indexOf('\\boxed{', closed);
  return box !== -1 && text.includes('}', box) ? 1 : 0;
}

/**
 * The format score of verifiers' `XMLParser`: 0.4 × share of fields whose tags occur (0 while no field is complete),
 * 0.2 for spacing (which its parser never finds fault with), 0.2 for starting with the first field, 0.2 for ending
 * with the last.
 */
export function verifiersXml(text: string, fields: readonly string[]): number {
  const complete = fields.some((field) => {
    const open = text.indexOf(`<${field}>`);
    return open !== -1 && text.includes(`</${field}>`, open);
  });
  const present = fields.filter((field) => text.includes(`<${field}>`) || text.includes(`</${field}>`)).length;
  const trimmed = text.trim();
  const starts = trimmed.startsWith(`<${fields[0]}>`);
  const ends = trimmed.endsWith(`</${fields.at(-1)}>`);
  // In fifths, so that a perfect text has exactly 1.
  return ((complete ? (2 * present) / fields.length : 0) + 1 + Number(starts) + Number(ends)) / 5;
}

/** 1 for JSON, also inside one fence. */
export function isJsonText(text: string): number {
  const inner = text
    .trim()
    .replace(/^```(?:json)?\s/i, '')
    .replace(/```$/, '');
  try {
    JSON.parse(inner);
    return 1;
  } catch {
    return 0;
  }
}
