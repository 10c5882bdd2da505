import type { WrittenEquation } from './find-equations.ts';

// Words, arrows and commas end a side.
const separator =
  /\\(?:q?quad|implies|iff|[Rr]ightarrow|[Ll]eftrightarrow|Longrightarrow|to|therefore|because|text\s*\{[^{}]*[a-z]{2,}[^{}]*\}|mbox\s*\{[^{}]*\}|Longleftrightarrow)(?![a-zA-Z])|[;\u21d2]|,(?!\d{3})|(?:<|>|\\(?:le|ge|leq|geq|ne|neq|in|to|mid)(?![a-zA-Z]))/g;

/** The equations of a formula: each pair of a chain, over lines that go on with `=`. */
export function formulaSides(content: string): WrittenEquation[] {
  const text = content.replace(
    /\\begin\{[^{}]*\}|\\end\{[^{}]*\}|\\(?:nonumber|notag)(?![a-zA-Z])|\\(?:label|tag)\{[^{}]*\}/g,
    ' ',
  );
  const found: WrittenEquation[] = [];
  let previous = '';
  for (const line of text.split(/\\\\(?:\[[^\]]*\])?|\n\s*\n/)) {
    const { sides, signs } = atTopLevel(line.replace(/&/g, ' '));
    for (const [index, sign] of signs.entries()) {
      const before = index === 0 && sides[0]!.trim() === '' ? previous : sides[index]!;
      const left = before.split(separator).at(-1)!.trim();
      const right = sides[index + 1]!.split(separator)[0]!.trim();
      if (left !== '' && right !== '') found.push({ left, right: trimEnd(right), isApproximate: sign !== '=' });
    }
    if (signs.length > 0) previous = sides.at(-1)!.split(separator)[0]!.trim();
  }
  return found;
}

function trimEnd(side: string): string {
  return side.replace(/[.,;:\s]+$/, '');
}

/** Cuts at signs of equality outside of brackets. */
function atTopLevel(line: string): { sides: string[]; signs: string[] } {
  const sides: string[] = [];
  const signs: string[] = [];
  let depth = 0;
  let start = 0;
  for (const match of line.matchAll(
    /\\[{}]|\\left(?![a-zA-Z])\.?|\\right(?![a-zA-Z])\.?|[{}()[\]]|\\approx(?![a-zA-Z])|\u2248|(?<![<>!:\\])=/g,
  )) {
    const [token] = match;
    if ('{(['.includes(token)) depth += 1;
    else if ('})]'.includes(token)) depth = Math.max(0, depth - 1);
    else if (depth === 0 && /^(?:=|\\approx|\u2248)$/.test(token)) {
      sides.push(line.slice(start, match.index));
      signs.push(token);
      start = match.index + token.length;
    }
  }
  sides.push(line.slice(start));
  return { sides, signs };
}
