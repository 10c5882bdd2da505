import type { Expression } from './expression.ts';
import { binding, constantText, relationSigns, writeNumber, writeSymbol } from './format-atom.ts';

const { statement, relation, sum, product, negation, power, atom } = binding;

/**
 * An expression as text that `parseExpression` reads back: for messages, and to compare what is written. Plain text
 * where that is enough (`x^2 + 1/2`), LaTeX for the rest.
 */
export function formatExpression(expression: Expression): string {
  return format(expression, 0);
}

/** The text, in brackets where it would fall apart beside an operator of this strength. */
function format(expression: Expression, minimum: number): string {
  const [text, strength] = write(expression);
  return strength < minimum ? `(${text})` : text;
}

function list(items: readonly Expression[], minimum: number = relation): string {
  return items.map((item) => format(item, minimum)).join(', ');
}

function write(expression: Expression): readonly [text: string, strength: number] {
  switch (expression.kind) {
    case 'number':
      return writeNumber(expression);
    case 'constant':
      return [constantText[expression.name], atom];
    case 'symbol':
      return [writeSymbol(expression.name), atom];
    case 'add':
      return [writeSum(expression.terms), sum];
    case 'multiply':
      return [
        expression.factors
          .map((factor, index) => format(factor, index === 0 && factor.kind !== 'multiply' ? product : product + 1))
          .join(' * '),
        product,
      ];
    case 'negate':
      return [`-${format(expression.operand, expression.operand.kind === 'negate' ? atom : negation)}`, negation];
    case 'divide':
      return [`${format(expression.numerator, product)}/${format(expression.denominator, negation + 1)}`, product];
    case 'power':
      return [`${format(expression.base, power + 1)}^{${format(expression.exponent, statement)}}`, power];
    case 'root':
      return [writeRoot(expression), atom];
    case 'plus-minus': {
      const sign = expression.sign === 1 ? '\\pm' : '\\mp';
      const right = format(expression.right, sum + 1);
      return [
        expression.left === undefined ? `${sign} ${right}` : `${format(expression.left, sum)} ${sign} ${right}`,
        sum,
      ];
    }
    case 'factorial':
      return [`${format(expression.operand, power + 1)}!`, power + 1];
    case 'absolute':
      return [`\\lvert ${format(expression.operand, statement)} \\rvert`, atom];
    case 'call':
      return writeCall(expression.name, expression.arguments);
    case 'bound':
      return [writeBound(expression), product];
    case 'tuple':
      return [`(${list(expression.items)})`, atom];
    case 'list':
      return [list(expression.items), 0];
    case 'set':
      return [`\\{${list(expression.items)}\\}`, atom];
    case 'set-builder':
      return [`\\{${format(expression.element, relation)} \\mid ${format(expression.condition, 0)}\\}`, atom];
    case 'interval': {
      const [open, close] = [expression.includesLower ? '[' : '(', expression.includesUpper ? ']' : ')'];
      return [`${open}${format(expression.lower, sum)}, ${format(expression.upper, sum)}${close}`, atom];
    }
    case 'set-operation': {
      const sign = { union: ' \\cup ', intersection: ' \\cap ', difference: ' \\setminus ' }[expression.operator];
      return [expression.operands.map((operand) => format(operand, sum)).join(sign), 20];
    }
    case 'relation':
      return [writeRelation(expression), relation];
    case 'logic':
      return [expression.operands.map((operand) => format(operand, statement)).join(` ${expression.operator} `), 0];
    case 'matrix': {
      const rows = expression.rows.map((row) => row.map((cell) => format(cell, statement)).join(' & '));
      return [`\\begin{pmatrix}${rows.join(' \\\\ ')}\\end{pmatrix}`, atom];
    }
    case 'percent':
      return [`${format(expression.operand, power + 1)}%`, power + 1];
    case 'quantity':
      return writeQuantity(format(expression.value, product), expression.unit);
    case 'text':
      return [`\\text{${expression.text}}`, atom];
  }
}

function writeSum(terms: readonly Expression[]): string {
  let text = format(terms[0]!, terms[0]!.kind === 'add' ? sum + 1 : sum);
  for (const term of terms.slice(1)) {
    text += term.kind === 'negate' ? ` - ${format(term.operand, sum + 1)}` : ` + ${format(term, sum + 1)}`;
  }
  return text;
}

function writeRoot({ radicand, degree }: Expression & { kind: 'root' }): string {
  const inner = format(radicand, statement);
  const isSquare = degree.kind === 'number' && degree.value.numerator === 2n && degree.value.denominator === 1n;
  return isSquare ? `sqrt(${inner})` : `\\sqrt[${format(degree, statement)}]{${inner}}`;
}

const operators: Readonly<Record<string, string>> = {
  asin: '\\arcsin',
  acos: '\\arccos',
  atan: '\\arctan',
  Max: '\\max',
  Min: '\\min',
  ceiling: '\\ceil',
  gamma: '\\Gamma',
}; // prettier-ignore

function writeCall(name: string, values: readonly Expression[]): readonly [string, number] {
  const [first, second] = values;
  if (name === 'log' && values.length === 1) return [`ln(${format(first!, statement)})`, atom];
  if (name === 'log') return [`\\log_{${format(second!, statement)}}(${format(first!, statement)})`, atom];
  if (name === 'Mod' && values.length === 2)
    return [`${format(first!, product)} \\bmod ${format(second!, product + 1)}`, product];
  if (name === 'binomial' && values.length === 2)
    return [`\\binom{${format(first!, statement)}}{${format(second!, statement)}}`, atom];
  if (name === 'det' && first?.kind === 'matrix') return [format(first, 0).replaceAll('{pmatrix}', '{vmatrix}'), atom];
  const spelling = operators[name] ?? (name.length === 1 || name.includes("'") ? name : `\\operatorname{${name}}`);
  return [`${spelling}(${list(values)})`, atom];
}

function writeBound({ operator, body, variable, ...rest }: Expression & { kind: 'bound' }): string {
  const name = writeSymbol(variable);
  const lower = rest.lower === undefined ? undefined : format(rest.lower, sum);
  const upper = rest.upper === undefined ? undefined : format(rest.upper, sum);
  const inner = format(body, product + 1);
  switch (operator) {
    case 'derivative':
      return `\\frac{d}{d${name}} ${inner}`;
    case 'limit': {
      const side = rest.direction === '+-' || rest.direction === undefined ? '' : `^{${rest.direction}}`;
      return `\\lim_{${name} \\to ${format(rest.lower!, power + 1)}${side}} ${inner}`;
    }
    case 'integral':
      return `\\int${lower === undefined ? '' : `_{${lower}}`}${upper === undefined ? '' : `^{${upper}}`} ${inner} d${name}`;
    default: {
      const command = operator === 'sum' ? '\\sum' : '\\prod';
      const index = lower === undefined ? name : `${name} = ${lower}`;
      return `${command}_{${index}}${upper === undefined ? '' : `^{${upper}}`} ${inner}`;
    }
  }
}

function writeRelation({ operands, operators: between }: Expression & { kind: 'relation' }): string {
  let text = format(operands[0]!, relation + 1);
  between.forEach((operator, index) => {
    const right = operands[index + 1]!;
    const inner = right.kind === 'list' ? list(right.items, relation + 1) : format(right, relation + 1);
    text += ` ${relationSigns[operator]} ${inner}`;
  });
  return text;
}

const currencies = new Set(['dollar']);

function writeQuantity(value: string, unit: string): readonly [string, number] {
  if (unit === 'degree') return [`${value.includes(' ') || value.includes('/') ? `(${value})` : value}^\\circ`, power];
  if (currencies.has(unit))
    return [`\\$${value.includes(' ') || value.includes('/') ? `(${value})` : value}`, negation];
  if (unit.startsWith('base ')) return [`${value}_${unit.slice(5)}`, power];
  return [`${value} \\text{${unit}}`, negation];
}
