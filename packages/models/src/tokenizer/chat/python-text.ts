import type { TemplateNode, TemplateValue } from './jinja-parts.ts';

/**
 * How Python writes a value in a text: `True`, `None`, `['a', 1.0]`. The library writes `true`, nothing and JSON, so a
 * template that shows such a value says something else.
 */
export function pythonText(value: TemplateValue): string {
  if (value.type === 'UndefinedValue') return '';
  return typeof value.value === 'string' ? value.value : pythonLiteral(value);
}

function pythonLiteral(value: TemplateValue): string {
  const items = () => (value.value as readonly TemplateValue[]).map(pythonLiteral);
  switch (value.type) {
    case 'StringValue':
      return quoted(value.value as string);
    case 'BooleanValue':
      return value.value === true ? 'True' : 'False';
    case 'NullValue':
      return 'None';
    case 'ArrayValue':
      return `[${items().join(', ')}]`;
    case 'TupleValue':
      return items().length === 1 ? `(${items()[0]},)` : `(${items().join(', ')})`;
    case 'ObjectValue': {
      const entries = [...(value.value as ReadonlyMap<string, TemplateValue>)];
      return `{${entries.map(([key, entry]) => `${quoted(key)}: ${pythonLiteral(entry)}`).join(', ')}}`;
    }
    default:
      return value.toString();
  }
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\\n\r\t]/g, (character) => escapes[character] as string);
  return `${quote}${quote === "'" ? body.replaceAll("'", "\\'") : body}${quote}`;
}

/** The name of the function that templates call on what they write. */
export const textFunctionName = 'rlloom_python_text';

const textOf = (node: TemplateNode): TemplateNode => ({
  type: 'CallExpression',
  callee: { type: 'Identifier', value: textFunctionName },
  args: [node],
});

const statements = new Set([
  'Program',
  'If',
  'For',
  'Break',
  'Continue',
  'Set',
  'Macro',
  'Comment',
  'FilterStatement',
  'CallStatement',
]);
const blocks = new Set(['body', 'alternate', 'defaultBlock']);

/** The template with every value that becomes text, by output, `~` or the filter `string`, written as Python does. */
export function writeAsPython(node: TemplateNode): TemplateNode {
  const visited = mapFields(node);
  if (statements.has(node.type)) {
    const outputs = Object.entries(visited).map(([key, value]) =>
      blocks.has(key) && Array.isArray(value) ? [key, (value as TemplateNode[]).map(asOutput)] : [key, value],
    );
    return Object.fromEntries(outputs) as TemplateNode;
  }
  if (node.type === 'BinaryExpression' && (node['operator'] as TemplateNode)['value'] === '~') {
    return {
      ...visited,
      left: textOf(visited['left'] as TemplateNode),
      right: textOf(visited['right'] as TemplateNode),
    };
  }
  const filter = node['filter'] as TemplateNode | undefined;
  if (node.type === 'FilterExpression' && filter?.type === 'Identifier' && filter['value'] === 'string') {
    return textOf(visited['operand'] as TemplateNode);
  }
  return visited;
}

const asOutput = (node: TemplateNode): TemplateNode =>
  statements.has(node.type) || node.type === 'StringLiteral' ? node : textOf(node);

const isNode = (value: unknown): value is TemplateNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const visit = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(visit);
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [visit(key), visit(entry)]));
  return isNode(value) ? writeAsPython(value) : value;
};

const mapFields = (node: TemplateNode): TemplateNode =>
  Object.fromEntries(Object.entries(node).map(([key, value]) => [key, visit(value)])) as TemplateNode;
