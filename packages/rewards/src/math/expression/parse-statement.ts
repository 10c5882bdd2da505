import type { Expression } from './expression.ts';
import { accept, type Items, type Parser, peek, power, take, Unreadable } from './parser.ts';
import type { TokenType } from './token.ts';

const closers: ReadonlySet<TokenType> = new Set<TokenType>([
  'end',
  ')',
  ']',
  '}',
  'close-set',
  'close-angle',
  'end-environment',
  'row',
  '&',
]);

/** Whether nothing of an expression can follow before a token of this type. */
export function isCloser(type: TokenType): boolean {
  return closers.has(type);
}

/** statement = items; see `joinItems` for what several of them are together. */
export function parseStatement(parser: Parser): Expression {
  return joinItems(readItems(parser));
}

/** items = item { (',' | ';' | 'and' | 'or') item }; separators may be doubled (`, and`) or left over at the end. */
export function readItems(parser: Parser): Items {
  const groups: Expression[][] = [[]];
  const joins = new Set<'and' | 'or' | ','>();
  skipLeadingRelation(parser);
  for (;;) {
    groups.at(-1)!.push(parser.rules.expression(parser, power.statement));
    let separated = false;
    for (;;) {
      const { type } = peek(parser);
      if (type === 'and' || type === 'or' || type === ',') joins.add(type);
      else if (type !== ';') break;
      else if (groups.at(-1)!.length > 0) groups.push([]);
      take(parser);
      separated = true;
    }
    if (!separated || closers.has(peek(parser).type)) break;
  }
  if (groups.at(-1)!.length === 0) groups.pop();
  return { groups, joins };
}

// "= 5" and "≈ 5" are cut from a longer chain.
function skipLeadingRelation(parser: Parser): void {
  const { type, text } = peek(parser);
  if (type === 'relation' && (text === '=' || text === '~=')) take(parser);
  const next = peek(parser).type;
  // `]0, 1[` begins with what closes elsewhere.
  if (closers.has(next) && next !== ']') throw new Unreadable('there is nothing in it');
  accept(parser, ',');
}

/** Several items as one expression: a list, a logical combination, a relation with several values. */
export function joinItems({ groups, joins }: Items): Expression {
  const [first = []] = groups;
  if (groups.length > 1) {
    const items = groups.map((group): Expression => (group.length === 1 ? group[0]! : { kind: 'tuple', items: group }));
    return { kind: 'list', items };
  }
  if (first.length === 1) return first[0]!;
  const relations = first.filter((item) => item.kind === 'relation').length;
  const [head, ...others] = first;
  if (relations === 1 && head?.kind === 'relation') {
    // `x = 1, 2, 3` names three values.
    const operator = head.operators[0];
    if (head.operators.length === 1 && (operator === '=' || operator === 'in')) {
      const list: Expression = { kind: 'list', items: [head.operands[1]!, ...others] };
      return { kind: 'relation', operands: [head.operands[0]!, list], operators: head.operators };
    }
  }
  if (relations === first.length && (joins.has('and') || joins.has('or'))) {
    return { kind: 'logic', operator: joins.has('or') ? 'or' : 'and', operands: first };
  }
  return { kind: 'list', items: first };
}
