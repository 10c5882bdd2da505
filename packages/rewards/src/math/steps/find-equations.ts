import { formulaSides } from './formula-sides.ts';
import { lastSide, firstSide } from './plain-sides.ts';

/** Two sides that a text says are the same. */
export interface WrittenEquation {
  readonly left: string;
  readonly right: string;
  /** Written with a sign for "about". */
  readonly isApproximate: boolean;
}

const formula =
  /\$\$([^$]*)\$\$|\\\[([\s\S]*?)\\\]|\\begin\{(align|aligned|gather|equation|eqnarray|split|multline)(\*?)\}([\s\S]*?)\\end\{\3\4\}|\$([^\s$](?:[^$\n]*[^\s$])?)\$(?!\d)|\\\(([^\n]*?)\\\)|<<([^<>\n]*)>>/g;

/**
 * The equations of a step, in order: those of its formulas (`$…$`, `\(…\)`, `\[…\]`, aligned lines, calculator notes
 * `<<48/2=24>>`) and those in plain text. A chain `a = b = c` gives each pair.
 */
export function findEquations(step: string): WrittenEquation[] {
  const found: WrittenEquation[] = [];
  let plain = '';
  let start = 0;
  for (const match of step.matchAll(formula)) {
    plain += step.slice(start, match.index);
    start = match.index + match[0].length;
    const [, display, bracket, , , lines, inline, parenthesis, note] = match;
    const content = display ?? bracket ?? lines ?? inline ?? parenthesis ?? note ?? '';
    // A note repeats what stands beside it: `48/2 = <<48/2=24>>24`.
    const isNote = note !== undefined;
    const isPart = !isNote && /=|\\approx|\u2248/.test(content) === false;
    plain += isNote ? '' : isPart ? ` ${content} ` : ' ; ';
    if (!isPart) found.push(...formulaSides(content));
  }
  plain += step.slice(start);
  return [...found, ...plainEquations(plain)];
}

const sign = /(?<![<>=!:\u2264\u2265])=(?!=|>)|\\approx(?![a-zA-Z])|\u2248/g;

function plainEquations(text: string): WrittenEquation[] {
  const found: WrittenEquation[] = [];
  const signs = [...text.matchAll(sign)];
  for (const [index, { 0: written, index: at }] of signs.entries()) {
    const before = text.slice(index === 0 ? 0 : signs[index - 1]!.index + signs[index - 1]![0].length, at);
    const after = text.slice(at + written.length, signs[index + 1]?.index);
    const left = lastSide(before);
    const right = firstSide(after);
    if (left === undefined || right === undefined) continue;
    // With other units it may be a conversion.
    const [unit] = right.units;
    if (left.units.length > 0 && (unit === undefined ? left.isNumber : !left.units.includes(unit))) continue;
    found.push({ left: left.text, right: right.text, isApproximate: written !== '=' });
  }
  return found;
}
