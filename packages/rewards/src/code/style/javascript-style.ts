import { typescriptToJavascript } from '@rlloom/sandbox';
import type { Comment } from 'acorn';
import type { CodeLanguage } from '../code-sandbox-defaults.ts';
import { scoreStyle, type StyleFacts, type StyleLimits, type StyleScore } from './style-score.ts';

/**
 * Scores the style of JavaScript, and of TypeScript as the JavaScript it becomes, from its syntax tree. Of the facts of
 * Python these are read: lines, functions, complexity, names that are never read, `eval`; a documented function has a
 * comment that ends on the line before it. Code that does not parse has score 0. Nothing is run.
 */
export async function javascriptStyle(
  code: string,
  { language, ...limits }: StyleLimits & { readonly language: CodeLanguage },
): Promise<StyleScore> {
  let source = code;
  if (language === 'typescript') {
    const result = await typescriptToJavascript(code);
    if ('problem' in result) return { score: 0, findings: [result.problem] };
    source = result.code;
  }
  const { parse } = await import('acorn');
  const comments: Comment[] = [];
  let tree: unknown;
  try {
    tree = parse(source, {
      ecmaVersion: 'latest',
      sourceType: 'module',
      allowReturnOutsideFunction: true,
      locations: true,
      onComment: comments,
    });
  } catch (error) {
    return { score: 0, findings: [error instanceof Error ? error.message : String(error)] };
  }
  return scoreStyle(readFacts(tree as Node, code, new Set(comments.map(({ loc }) => loc?.end.line))), limits);
}

interface Node {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly [key: string]: unknown;
}

const branches: ReadonlySet<string> = new Set([
  'IfStatement',
  'ForStatement',
  'ForInStatement',
  'ForOfStatement',
  'WhileStatement',
  'DoWhileStatement',
  'CatchClause',
  'ConditionalExpression',
  'LogicalExpression',
]);

function readFacts(tree: Node, code: string, commented: ReadonlySet<number | undefined>): StyleFacts {
  const nodes = [...walk(tree)];
  const functions = nodes.filter(isFunction);
  const lines = code.split('\n');
  const reads = countIdentifiers(nodes);
  const declared = nodes.filter(({ type }) => type === 'VariableDeclarator').map(({ id }) => (id as Node)['name']);
  const unused = declared.filter(
    (name): name is string => typeof name === 'string' && !name.startsWith('_') && (reads.get(name) ?? 0) <= 1,
  );
  return {
    lines: lines.filter((line) => line.trim() !== '').length,
    longestLine: Math.max(0, ...lines.map(({ length }) => length)),
    functions: functions.length,
    longestFunction: Math.max(0, ...functions.map(({ loc }) => loc.end.line - loc.start.line + 1)),
    complexity: Math.max(1, ...(functions.length === 0 ? [tree] : functions).map(complexityOf)),
    documented: functions.filter(({ loc }) => commented.has(loc.start.line - 1)).length,
    unusedNames: [...new Set(unused)].sort(),
    unusedImports: [],
    bareExcepts: 0,
    mutableDefaults: 0,
    evals: nodes.filter(({ type, callee }) => type === 'CallExpression' && (callee as Node)['name'] === 'eval').length,
    starImports: 0,
    globals: 0,
  };
}

function isFunction({ type }: Node): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}

function complexityOf(node: Node): number {
  let count = 1;
  const stack = children(node);
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (isFunction(next)) continue;
    if (branches.has(next.type)) count++;
    stack.push(...children(next));
  }
  return count;
}

function countIdentifiers(nodes: readonly Node[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { type, name } of nodes) {
    if (type === 'Identifier' && typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

function* walk(tree: Node): Generator<Node> {
  const stack = [tree];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    stack.push(...children(node));
  }
}

function children(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value === 'object' && value !== null && 'type' in value);
}
