/** An answer in a text: what is written, and from where to where it stands. */
export interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Where the content of a box lies; `command` is where its command begins. */
interface Box {
  readonly command: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The answer in the last `\boxed{…}` or `\fbox{…}`; boxes right before it that are joined to it by commas, "and" or
 * "or" (a word or two may stand between: `\boxed{1} pen and \boxed{2} bins`) count together. Without a closed box, the
 * last `\boxed 72`.
 */
export function findBoxed(text: string): Span | undefined {
  if (!text.includes('box')) return undefined;
  const boxes = closedBoxes(text);
  const last = boxes.at(-1);
  if (last === undefined) return bareBox(text);
  const joined = [text.slice(last.start, last.end)];
  let first = last;
  for (let index = boxes.length - 2; index >= 0; index--) {
    const box = boxes[index]!;
    if (!isJoint(text.slice(box.end + 1, first.command))) break;
    joined.unshift(text.slice(box.start, box.end));
    first = box;
  }
  const after = readPercent(text, last.end + 1);
  const content = joined.length > 1 && new Set(joined).size === 1 ? [joined[0]!] : joined;
  return { text: `${content.join(', ')}${after.text}`, start: first.command, end: after.end };
}

/** Whether a box was opened and not closed. */
export function hasOpenBox(text: string): boolean {
  return /\\(?:boxed|fbox)\s*\{/.test(text);
}

const percent = /[\s$]*(?:\\?%|percent(?:age)?\b|pct\b)/iy;

/** A percent sign or its word at a position, as `\%`, and where it ends. */
export function readPercent(text: string, at: number): { readonly text: string; readonly end: number } {
  percent.lastIndex = at;
  const match = percent.exec(text);
  return match === null ? { text: '', end: at } : { text: '\\%', end: at + match[0].length };
}

/** Outermost boxes that are closed, in order. One pass: a text of nothing but `\boxed{` costs no more than another. */
function closedBoxes(text: string): Box[] {
  const boxes: Box[] = [];
  const open: (Omit<Box, 'end'> | undefined)[] = [];
  const brace = /\\(?:boxed|fbox)\s*\{|\\[\\{}](?![a-z])|[{}]/g;
  for (const match of text.matchAll(brace)) {
    const [token] = match;
    if (token === '{') open.push(undefined);
    else if (token === '}') {
      const box = open.pop();
      if (box === undefined || text.slice(box.start, match.index).trim() === '') continue;
      while ((boxes.at(-1)?.command ?? -1) > box.command) boxes.pop();
      boxes.push({ ...box, end: match.index });
    } else if (token.length > 2) open.push({ command: match.index, start: match.index + token.length });
  }
  return boxes;
}

const bare = /\\(?:boxed|fbox)\s+(-?[\d./,]*\d|[A-Za-z](?![A-Za-z]))/g;

function bareBox(text: string): Span | undefined {
  let last: RegExpExecArray | undefined;
  for (const match of text.matchAll(bare)) last = match;
  if (last === undefined) return undefined;
  return { text: last[1] ?? '', start: last.index, end: last.index + last[0].length };
}

const spacing = /\\(?:q?quad|[,;: !()[\]])|\\text\s*\{([^{}]*)\}|[$\s]+/g;

// One joint, and not a sentence: "\boxed{1} and so on, but \boxed{2}" is a change of mind, not a list.
function isJoint(between: string): boolean {
  if (between.length > 60) return false;
  const plain = between.replace(spacing, (_, words: string | undefined) => ` ${words ?? ''} `).trim();
  return (
    /^(?:[a-z]+ +){0,2}?(?:[,;]|[,;]? *\b(?:and|or)\b)(?: +[a-z]+)?$/i.test(plain) &&
    !/\b(?:not|no|then|so|but|rather|wait|maybe|perhaps)\b/i.test(plain)
  );
}
