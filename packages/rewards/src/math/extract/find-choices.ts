/** How `findChoice` looks. */
export interface ChoiceSearch {
  /** Whether the option has to follow "answer". Default false. */
  readonly anchored?: boolean;
  /** Whether capitals do not matter. Default false. */
  readonly ignoreCase?: boolean;
}

/**
 * The option a text chooses, as written: after "answer:", after "answer", at the start of the text or of a line, or the last
 * one that stands alone. `options` are letters or words; `(C)`, `**C**`, `\boxed{C}`, "C." and "C Cecile" choose C.
 */
export function findChoice(
  text: string,
  options: readonly string[],
  { anchored = false, ignoreCase = false }: ChoiceSearch = {},
): string | undefined {
  if (options.length === 0) return undefined;
  const names = options
    .toSorted((a, b) => b.length - a.length)
    .map(escape)
    .join('|');
  // Chinese and Japanese put no space between words.
  const before = String.raw`(?<![\p{Script=Latin}\p{N}_'’\-\\])[*("'\[{$]*`;
  const after = String.raw`(?![\p{Script=Latin}\p{N}_'’]|-\p{L}|\s+(?:is|are)\s+(?:not|wrong|incorrect|false)\b|\s+(?:isn|can)['’n])`;
  const flags = ignoreCase ? 'giu' : 'gu';
  const one = String.raw`${before}(${names})${after}`;
  const boxed = lastOf(
    text,
    new RegExp(String.raw`\\boxed\s*\{[^{}]{0,20}?(?:\\text\w*\s*\{\s*)?\(?(${names})\)?[^\p{L}]`, flags),
  );
  if (boxed !== undefined) return boxed;
  for (const phrase of phrases) {
    const starts = [...text.matchAll(phrase)].slice(-20).map((match) => match.index + match[0].length);
    for (const start of starts.reverse()) {
      const found = new RegExp(one, flags).exec(text.slice(start, start + 60));
      if (found !== null && found.index <= 50) return found[1];
    }
  }
  if (anchored) return undefined;
  return (
    new RegExp(String.raw`^\s*${one}`, flags.replace('g', '')).exec(text)?.[1] ??
    lastOf(text, new RegExp(String.raw`(?<=\n)\s{0,9}${one}`, flags)) ??
    lastOf(text, new RegExp(one, flags))
  );
}

const answer = String.raw`(?:answer|réponse|respuesta|antwort|答案|回答|ответ|الإجابة)`;
const phrases = [
  new RegExp(String.raw`final\s+${answer}.{0,60}?(?:\bis\b|是|:|\uff1a)`, 'giu'),
  new RegExp(String.raw`${answer}\s*(?:\*\*)?\s*[:\uff1a]`, 'giu'),
  new RegExp(answer, 'giu'),
];

function lastOf(text: string, pattern: RegExp): string | undefined {
  let last: string | undefined;
  for (const match of text.matchAll(pattern)) last = match[1];
  return last;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
