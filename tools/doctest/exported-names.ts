import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Names of the values (not the types) that a module exports by declaring or listing them. */
export function exportedNames(path: string): string[] {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true);
  return source.statements.flatMap((statement) => {
    if (ts.isExportDeclaration(statement)) return listedNames(statement);
    const exported = ts.canHaveModifiers(statement)
      ? ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)
      : false;
    if (!exported) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
    }
    const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement);
    return named && statement.name !== undefined ? [statement.name.text] : [];
  });
}

function listedNames(statement: ts.ExportDeclaration): string[] {
  if (statement.isTypeOnly || statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) {
    return [];
  }
  return statement.exportClause.elements.filter((element) => !element.isTypeOnly).map((element) => element.name.text);
}
