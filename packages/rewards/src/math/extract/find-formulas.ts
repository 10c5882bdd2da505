import { readPercent, type Span } from './find-boxes.ts';

/**
 * The formulas of a text, in order: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, ` [ … ] ` and bare `\frac{…}{…}`. Inline ones end on
 * their line. Neighbours joined by commas, "and" or "or" are one (`$7$ or $8$`). A dollar sign before an amount of money
 * opens none.
 */
export function findFormulas(text: string): Span[] {
  return joinNeighbours(text, scan(text));
}

const opening = /\\\\(?=[([])|\\[\\$]|\$\$?|\\[([]|(?<=\s)\[(?=[^[\]\n]{1,200}\](?:\s|$))|-?\\[dtc]?frac(?![a-zA-Z])/g;
const closing = {
  $: /\\[\\$]|\$|\n/g,
  $$: /\\[\\$]|\$\$/g,
  '\\(': /\\\\(?!\))|\\\)|\n/g,
  '\\[': /\\\\(?!\])|\\\]/g,
};

function scan(text: string): Span[] {
  const found: Span[] = [];
  // How far the search for a closing sign came in vain: no need to search there again.
  const searched: Record<string, number> = {};
  opening.lastIndex = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const [token] = match;
    const start = match.index;
    const from = start + token.length;
    if (token.endsWith('frac')) {
      const end = fractionEnd(text, from);
      if (end !== undefined) add(start, end, text.slice(start, end));
    } else if (token === '[') {
      const end = text.indexOf(']', from);
      const content = text.slice(from, end);
      add(start, end + 1, content.includes(',') ? text.slice(start, end + 1) : content);
    } else if (token in closing && from > (searched[token] ?? -1)) {
      const kind = token as keyof typeof closing;
      const end = closingOf(text, from, kind);
      if (end < 0) {
        searched[kind] = -end;
        continue;
      }
      const content = text.slice(from, end);
      // "$5 and $6": money. A formula has no digit before its first dollar or after its last.
      const isMoney = kind === '$' && (/\d/.test(text[start - 1] ?? '') || /^\d/.test(text.slice(end + 1, end + 2)));
      if (content.trim() !== '' && !isMoney) add(start, end + token.length, content);
      else if (kind === '$$') opening.lastIndex = end;
    }
  }
  return found;

  function add(start: number, end: number, content: string): void {
    const percent = readPercent(text, end);
    found.push({ text: `${content}${percent.text}`, start, end: percent.end });
    opening.lastIndex = end;
  }
}

/** Where the closing sign stands; minus how far the search came when there is none. */
function closingOf(text: string, from: number, kind: keyof typeof closing): number {
  const pattern = closing[kind];
  pattern.lastIndex = from;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [token] = match;
    if (token === '\n') return -match.index;
    if (token === kind || token === '\\)' || token === '\\]') return match.index;
  }
  return -text.length;
}

/** Where a fraction of two braced numbers ends. */
function fractionEnd(text: string, from: number): number | undefined {
  const parts = /\s*(?:\{[^{}\n]{1,40}\}|\d)\s*(?:\{[^{}\n]{1,40}\}|\d)/y;
  parts.lastIndex = from;
  const match = parts.exec(text);
  return match === null ? undefined : from + match[0].length;
}

const joint = /^[\s"']*(?:,?\s*\b(?:and|or)\b|[,;]|\\text\s*\{\s*(?:and|or)\s*\})\s*$/;
const maximumJoined = 12;

function joinNeighbours(text: string, formulas: readonly Span[]): Span[] {
  const joined: Span[] = [];
  let count = 0;
  for (const formula of formulas) {
    const before = joined.at(-1);
    const gap = before === undefined ? undefined : formula.start - before.end;
    if (
      before !== undefined &&
      gap !== undefined &&
      gap < 30 &&
      count < maximumJoined &&
      joint.test(text.slice(before.end, formula.start))
    ) {
      joined[joined.length - 1] = { text: `${before.text}, ${formula.text}`, start: before.start, end: formula.end };
      count++;
    } else {
      joined.push(formula);
      count = 1;
    }
  }
  return joined;
}
