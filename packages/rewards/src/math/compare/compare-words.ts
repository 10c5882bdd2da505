import type { Expression } from '../expression/expression.ts';
import type { Equality } from './comparison.ts';

/**
 * Whether two answers that are words or names say the same; `undefined` when neither is. Capitals, punctuation and
 * parentheses around one letter do not matter in words (`\text{(C)}` is `C`), a letter alone keeps its case: `d` is not `D`.
 * Letters in a row are a word where the other side is one: `odd` is `\text{odd}`.
 */
export function compareWords(gold: Expression, answer: Expression): Equality | undefined {
  const isWord = gold.kind === 'text' || answer.kind === 'text' || isTruth(gold) || isTruth(answer);
  if (!isWord && !(gold.kind === 'symbol' && answer.kind === 'symbol')) {
    const isName = gold.kind === 'symbol' || answer.kind === 'symbol';
    if (!isName) return undefined;
    // abc as one name against the product a b c.
    const [left, right] = [wordsOf(gold), wordsOf(answer)];
    return left !== undefined && right !== undefined && left.length > 1 && fold(left) === fold(right)
      ? 'equal'
      : undefined;
  }
  const [left, right] = [wordsOf(gold), wordsOf(answer)];
  if (left === undefined || right === undefined || left === '' || right === '') return 'different';
  return fold(left) === fold(right) ? 'equal' : 'different';
}

/** The letters of words, a name, or a product of names; `undefined` for anything else. */
export function wordsOf(expression: Expression): string | undefined {
  switch (expression.kind) {
    case 'text':
      return plain(expression.text);
    case 'symbol':
      return expression.name;
    case 'constant':
      return ['e', 'i', 'true', 'false'].includes(expression.name) ? expression.name : undefined;
    case 'multiply': {
      const parts = expression.factors.map(wordsOf);
      return parts.length < 40 && parts.every((part) => part !== undefined) ? parts.join('') : undefined;
    }
    case 'power': {
      // "class" read as c·l·a·s²? Repeated letters stay apart in products, so no powers.
      return undefined;
    }
    case 'tuple':
      return expression.items.length === 1 ? wordsOf(expression.items[0]!) : undefined;
    default:
      return undefined;
  }
}

function isTruth(expression: Expression): boolean {
  return expression.kind === 'constant' && (expression.name === 'true' || expression.name === 'false');
}

function plain(text: string): string {
  const bare = text.replace(/[\s"'`*_]+/g, ' ').replace(/^[\s.,;:]+|[\s.,;:!]+$/g, '');
  return /^\(([A-Za-z])\)$/.exec(bare)?.[1] ?? bare;
}

function fold(text: string): string {
  return text.length > 1 ? text.toLowerCase().replace(/[\s{}]+/g, '') : text;
}
