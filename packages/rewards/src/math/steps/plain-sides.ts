/** One side of an equation in plain text. */
export interface PlainSide {
  readonly text: string;
  /** Whether it is one number and nothing else. */
  readonly isNumber: boolean;
  /** Words behind its numbers, in the singular: apple, minute. */
  readonly units: readonly string[];
}

type TokenKind = 'number' | 'operator' | 'open' | 'close' | 'name' | 'function' | 'command' | 'word' | 'end';

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly hasSpaceBefore: boolean;
  readonly hasSpaceAfter: boolean;
}

const tokenPattern =
  /(?<number>(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)|(?<function>(?:sqrt|sin|cos|tan|log|ln|exp)(?![a-zA-Z]))|(?<command>\\[a-zA-Z]+|[\u00b2\u00b3\u221a\u03c0\u00b0%!]|\\%)|(?<operator>\*\*|[-+*/^\u00d7\u00f7\u00b7\u22c5\u2212])|(?<open>[({[])|(?<close>[)}\]])|(?<word>[A-Za-z]{2,}|[^\s\w\d])|(?<name>[A-Za-z])|(?<end>[\s\S])/gu;

const maximumSide = 200;

/** The expression that a text ends with; `undefined` when there is none, or when it is only part of one. */
export function lastSide(text: string): PlainSide | undefined {
  const tokens = tokensOf(text.slice(-maximumSide));
  const units: string[] = [];
  const taken: Token[] = [];
  let depth = 0;
  let index = tokens.length - 1;
  for (; index >= 0; index--) {
    const token = tokens[index]!;
    if (token.kind === 'close') depth += 1;
    if (token.kind === 'open') {
      if (depth === 0) break;
      depth -= 1;
    }
    if (token.kind === 'word' || token.kind === 'end') {
      const isUnit = tokens[index - 1]?.kind === 'number' && followsUnit(tokens[index + 1]) && isUnitWord(token);
      if (!isUnit) break;
      units.push(singular(token.text));
      continue;
    }
    const next = taken[0];
    if (next?.kind === 'number' && (token.kind === 'name' || token.kind === 'number')) {
      // "a 5" is an article; 4 5 and x 5 are part of something else.
      if (/^[aAI]$/.test(token.text)) break;
      return undefined;
    }
    taken.unshift(token);
  }
  if (depth !== 0) return undefined;
  const [first] = taken;
  const before = tokens[index];
  // "$100 + ($50 * 2 = $100": the rest is before the bracket. 6:00 is a time.
  if (before?.kind === 'open' && /^(?:operator|number|close)$/.test(tokens[index - 1]?.kind ?? '')) return undefined;
  if (before?.text === ':' && !before.hasSpaceAfter && first?.kind === 'number') return undefined;
  // In "1 hour 20 minutes" the 20 is not all.
  if (taken.length === 1 && units.length > 0 && before?.kind === 'word' && tokens[index - 1]?.kind === 'number')
    return undefined;
  const isPart = first?.kind === 'operator' && (!/^[-\u2212]$/.test(first.text) || (first.hasSpaceAfter && index >= 0));
  return isPart ? undefined : asSide(taken, units);
}

/** The expression that a text begins with; `undefined` when there is none, or when it is only part of one. */
export function firstSide(text: string): PlainSide | undefined {
  const tokens = tokensOf(text.slice(0, maximumSide));
  const units: string[] = [];
  const taken: Token[] = [];
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') {
      if (depth === 0) break;
      depth -= 1;
    }
    if (token.kind === 'word' || token.kind === 'end') {
      if (taken.at(-1)?.kind !== 'number' || !isUnitWord(token)) break;
      units.push(singular(token.text));
      if (followsUnit(tokens[index + 1]) && tokens[index + 1] !== undefined) continue;
      break;
    }
    const before = taken.at(-1);
    if (before?.kind === 'number' && token.kind === 'number') break;
    taken.push(token);
  }
  if (depth !== 0 || taken.at(-1)?.kind === 'operator') return undefined;
  const after = tokens[taken.length + units.length];
  if (after?.text === ':' && !after.hasSpaceBefore && !after.hasSpaceAfter) return undefined;
  return asSide(taken, units);
}

function asSide(taken: readonly Token[], units: readonly string[]): PlainSide | undefined {
  // 0730 is a time or a name.
  if (taken.length === 0 || taken.some(({ kind, text }) => kind === 'number' && /^0\d/.test(text))) return undefined;
  return {
    text: taken
      .map(({ text, hasSpaceBefore }) => `${hasSpaceBefore ? ' ' : ''}${text}`)
      .join('')
      .trim(),
    isNumber: taken.length === 1 && taken[0]!.kind === 'number',
    units,
  };
}

function tokensOf(text: string): Token[] {
  const clean = text
    .replace(/\\?\$(?=\s?[\d.])/g, '')
    .replace(/\\[,;!: ]/g, ' ')
    .replace(/(?<![\d./,])(\d{1,4})\s+(?:and\s+)?(\d{1,2})\s?\/\s?(\d{1,3})(?![\d/])/g, '($1+$2/$3)')
    .replace(/(?<=\d)\s*[xX]\s*(?=[\d(])|(?<=[)\d%])\s+of\s+(?=[\d(])/g, ' * ');
  return [...clean.matchAll(tokenPattern)]
    .filter(([written]) => written.trim() !== '')
    .map(({ 0: written, index, groups }) => ({
      kind: (Object.entries(groups ?? {}).find(([, value]) => value !== undefined)?.[0] ?? 'end') as TokenKind,
      text: written,
      hasSpaceBefore: /\s/.test(clean[index - 1] ?? ''),
      hasSpaceAfter: /\s/.test(clean[index + written.length] ?? ''),
    }));
}

function isUnitWord({ text }: Token): boolean {
  return (
    /^[a-z]{2,}$/i.test(text) &&
    !/^(?:and|or|so|is|are|of|to|in|per|for|then|plus|minus|times|which|because|since)$/i.test(text)
  );
}

function followsUnit(token: Token | undefined): boolean {
  return token === undefined || token.kind === 'operator' || token.kind === 'close';
}

function singular(word: string): string {
  return word.toLowerCase().replace(/s$/, '');
}
