import ts from 'typescript';
import type { DocumentedExample } from './extract-examples.ts';

/** What an example may use without importing it: exported name → module to import it from. */
export type Scope = ReadonlyMap<string, string>;

/**
 * Turns an example into a JavaScript module whose `run(check)` executes it. A statement with `// => value` on its last
 * line becomes `check(actual, value, place)`; a decimal number in the value stands for itself rounded to the
 * digits written. Names of `scope` that the example uses and does not declare are imported.
 *
 * @throws Error where a promise belongs to no expression or constant
 */
export function compileExample(example: DocumentedExample, scope: Scope): string {
  const source = ts.createSourceFile('example.ts', example.code, ts.ScriptTarget.ES2022, true);
  const imports: string[] = [];
  const body: string[] = [];
  let promises = 0;
  for (const statement of source.statements) {
    const text = statement.getText(source);
    if (ts.isImportDeclaration(statement)) {
      imports.push(text);
      continue;
    }
    const promise = promiseAfter(statement, source);
    const line = example.line + source.getLineAndCharacterOfPosition(statement.getStart(source)).line;
    const place = JSON.stringify(`${example.file}:${line}`);
    if (promise === undefined) {
      body.push(text);
      continue;
    }
    promises++;
    const expected = expectedValue(promise, place);
    if (ts.isExpressionStatement(statement)) {
      body.push(`check(await (${statement.expression.getText(source)}), ${expected}, ${place});`);
      continue;
    }
    const name = constantName(statement);
    if (name === undefined) throw new Error(`${place}: "// =>" must follow an expression or "const name = ..."`);
    body.push(text, `check(${name}, ${expected}, ${place});`);
  }
  if (promises !== example.code.split('// =>').length - 1) {
    throw new Error(`${example.file}:${example.line}: a "// =>" stands on a line that is not the end of a statement`);
  }
  for (const [module, names] of neededImports(source, scope)) {
    imports.push(`import { ${names.join(', ')} } from ${JSON.stringify(module)};`);
  }
  const code = `${imports.join('\n')}\nexport async function run(check, expect) {\n${body.join('\n')}\n}\n`;
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText, diagnostics = [] } = ts.transpileModule(code, { compilerOptions, reportDiagnostics: true });
  const [first] = diagnostics;
  if (first === undefined) return outputText;
  throw new Error(`${example.file}:${example.line}: ${ts.flattenDiagnosticMessageText(first.messageText, '; ')}`);
}

function promiseAfter(statement: ts.Statement, source: ts.SourceFile): string | undefined {
  const ranges = ts.getTrailingCommentRanges(source.text, statement.getEnd()) ?? [];
  const comments = ranges.map((range) => source.text.slice(range.pos, range.end));
  return comments.map((comment) => /^\/\/ =>\s*(.*)$/.exec(comment)?.[1]).find((value) => value !== undefined);
}

function constantName(statement: ts.Statement): string | undefined {
  if (!ts.isVariableStatement(statement)) return undefined;
  const [declaration, ...more] = statement.declarationList.declarations;
  if (declaration === undefined || more.length > 0 || !ts.isIdentifier(declaration.name)) return undefined;
  return declaration.name.text;
}

/** The promised value as code; `0.69` becomes `expect.closeTo(0.69, 2)`. */
function expectedValue(written: string, place: string): string {
  // As Node prints a typed array: `Float32Array(2) [1, 2]`. Elements are what is compared.
  const text = written.replace(/^\w+Array(\(\d+\))? (?=\[)/, '');
  const source = ts.createSourceFile('value.ts', `(${text})`, ts.ScriptTarget.ES2022, true);
  const [statement] = source.statements;
  const single = source.statements.length === 1 && statement !== undefined && ts.isExpressionStatement(statement);
  if (text.trim() === '' || !single) {
    throw new Error(`${place}: "${text}" is not a value`);
  }
  const print = (node: ts.Node): string => {
    const number = decimalNumber(node, source);
    if (number !== undefined) return number;
    const children = node.getChildren(source);
    return children.length === 0 ? node.getFullText(source) : children.map(print).join('');
  };
  return print(statement.expression);
}

function decimalNumber(node: ts.Node, source: ts.SourceFile): string | undefined {
  const text = node.getText(source);
  const digits = /^-?\d*\.(\d+)$/.exec(text)?.[1];
  return digits === undefined ? undefined : ` expect.closeTo(${text}, ${digits.length})`;
}

/** What an example uses of `scope` without declaring it: module → names to import. */
export function neededImports(source: ts.SourceFile, scope: Scope): Map<string, string[]> {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const parent = node.parent;
      const declares =
        (ts.isVariableDeclaration(parent) ||
          ts.isParameter(parent) ||
          ts.isBindingElement(parent) ||
          ts.isFunctionDeclaration(parent) ||
          ts.isImportSpecifier(parent)) &&
        parent.name === node;
      (declares ? declared : used).add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const imports = new Map<string, string[]>();
  for (const name of used) {
    const module = scope.get(name);
    if (module === undefined || declared.has(name)) continue;
    imports.set(module, [...(imports.get(module) ?? []), name]);
  }
  return imports;
}
