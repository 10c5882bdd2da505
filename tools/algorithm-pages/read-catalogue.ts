import { join, relative } from 'node:path';
import ts from 'typescript';
import { root } from '../workspace/run.mjs';

/** A property of an object that a function takes. */
export interface Property {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  /** What the comment says after "Default", to the end of the sentence; empty where it says nothing. */
  readonly byDefault: string;
  /** The comment without that sentence. */
  readonly description: string;
  /** The type of the property where it is a record of ours with a name. */
  readonly record?: NamedRecord;
}

/** A type of ours whose properties a page lists once. */
export interface NamedRecord {
  readonly name: string;
  readonly description: string;
  readonly properties: readonly Property[];
}

/** A parameter of a function; one that is an object of ours with its properties. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly properties: readonly Property[];
}

/** A function of the catalogue, as its source says it. */
export interface Algorithm {
  /** Names of the field, the first of which heads its section. */
  readonly names: readonly string[];
  readonly functionName: string;
  /** Its file, from the root of the repository. */
  readonly file: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly returns: string;
  readonly throws: readonly string[];
  readonly examples: readonly string[];
}

/**
 * The algorithms of each map that a module exports as a namespace, in the order of their names.
 *
 * @param entry the module, from the root of the repository
 */
export function readCatalogue(entry: string): Map<string, Algorithm[]> {
  const path = join(root, entry);
  const program = ts.createProgram([path], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    customConditions: ['@rlloom/source'],
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${entry} is not a module`);
  const maps = checker.getExportsOfModule(module).map((exported) => ({ exported, target: resolve(exported, checker) }));
  return new Map(
    maps
      .filter(({ target }) => (target.flags & ts.SymbolFlags.ValueModule) !== 0)
      .map(({ exported, target }) => [exported.name, algorithmsOf(target, checker)]),
  );
}

function algorithmsOf(map: ts.Symbol, checker: ts.TypeChecker): Algorithm[] {
  const byFunction = new Map<ts.Symbol, string[]>();
  for (const exported of checker.getExportsOfModule(map)) {
    const target = resolve(exported, checker);
    byFunction.set(target, [...(byFunction.get(target) ?? []), exported.name]);
  }
  return [...byFunction]
    .map(([target, names]) => algorithmOf(target, names.sort(), checker))
    .sort((a, b) => (a.names[0] ?? '').localeCompare(b.names[0] ?? ''));
}

function algorithmOf(target: ts.Symbol, names: readonly string[], checker: ts.TypeChecker): Algorithm {
  const declaration = target.valueDeclaration;
  if (declaration === undefined) throw new Error(`${target.name} has no declaration`);
  const type = checker.getTypeOfSymbolAtLocation(target, declaration);
  const signature = type.getCallSignatures()[0];
  if (signature === undefined) throw new Error(`${target.name} is in the catalogue but is no function`);
  const tags = target.getJsDocTags(checker).map(({ name, text }) => ({ name, text: ts.displayPartsToString(text) }));
  const texts = (name: string) => tags.filter((tag) => tag.name === name).map(({ text }) => text.trim());
  const about = new Map(texts('param').map((text) => splitName(text)));
  return {
    names,
    functionName: target.name,
    file: relative(root, declaration.getSourceFile().fileName),
    description: ts.displayPartsToString(target.getDocumentationComment(checker)).trim(),
    parameters: signature.parameters.map((parameter) => parameterOf(parameter, about, { checker, at: declaration })),
    returns: texts('returns').join(' '),
    throws: texts('throws'),
    examples: texts('example'),
  };
}

interface Place {
  readonly checker: ts.TypeChecker;
  readonly at: ts.Node;
}

function parameterOf(parameter: ts.Symbol, about: ReadonlyMap<string, string>, { checker, at }: Place): Parameter {
  const type = checker.getNonNullableType(checker.getTypeOfSymbolAtLocation(parameter, at));
  return {
    name: parameter.name,
    type: typeText(type, { checker, at }),
    description: about.get(parameter.name) ?? '',
    properties: isRecordOfOurs(type, checker)
      ? propertiesOf(type, checker).map((property) => propertyOf(property, { checker, at }))
      : [],
  };
}

function propertyOf(property: ts.Symbol, place: Place): Property {
  const { checker } = place;
  const type = checker.getTypeOfSymbolAtLocation(property, place.at);
  const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
  const given = checker.getNonNullableType(type);
  const comment = ts.displayPartsToString(property.getDocumentationComment(checker)).trim();
  const { byDefault, description } = splitDefault(comment);
  const ofType = ts.displayPartsToString(given.aliasSymbol?.getDocumentationComment(checker)).trim();
  const record = namedRecord(given, place);
  return {
    name: property.name,
    type: typeText(isOptional ? given : type, place, type),
    isOptional,
    byDefault,
    // A comment of the default alone leaves the rest to its type.
    description: description || ofType,
    ...(record && { record }),
  };
}

function namedRecord(type: ts.Type, place: Place): NamedRecord | undefined {
  const symbol = type.aliasSymbol ?? type.symbol;
  if (symbol === undefined || !/^[A-Z]/.test(symbol.name) || !isRecordOfOurs(type, place.checker)) return undefined;
  return {
    name: symbol.name,
    description: ts.displayPartsToString(symbol.getDocumentationComment(place.checker)).trim(),
    properties: propertiesOf(type, place.checker).map((property) => propertyOf(property, place)),
  };
}

/** Takes the sentence of the default out of a comment: `ε. Default 0.2 (verl).` has 0.2 (verl) by default. */
export function splitDefault(comment: string): { readonly byDefault: string; readonly description: string } {
  const found = /\s*\bDefault:?\s(.+?)\.(?=\s|$)/s.exec(comment);
  if (found === null) return { byDefault: '', description: comment };
  const [sentence, byDefault = ''] = found;
  return { byDefault, description: comment.replace(sentence, '').trim() };
}

// `null` is said to be allowed, `undefined` goes without saying for what is optional.
function typeText(type: ts.Type, { checker, at }: Place, whole: ts.Type = type): string {
  const isNullable = whole.isUnion() && whole.types.some((part) => (part.flags & ts.TypeFlags.Null) !== 0);
  // A name of ours for a choice or a list says less than the choice or the list.
  const isShort = type.isUnion() || checker.isArrayType(type) || checker.isTupleType(type);
  const flags =
    ts.TypeFormatFlags.NoTruncation |
    ts.TypeFormatFlags.UseSingleQuotesForStringLiteralType |
    (isShort && !isRecordOfOurs(type, checker) ? ts.TypeFormatFlags.InTypeAlias : 0);
  const text = checker
    .typeToString(type, at, flags)
    .replaceAll(/import\("[^"]*"\)\./g, '')
    .replaceAll(/\btf\.(?=[A-Z])/g, '')
    .replaceAll('Tensor<Rank>', 'Tensor');
  return isNullable && !/\bnull\b/.test(text) ? `${text} | null` : text;
}

// Of a choice between records all properties, each as the first record that describes it.
function propertiesOf(type: ts.Type, checker: ts.TypeChecker): ts.Symbol[] {
  const isBare = (property: ts.Symbol): number => (property.getDocumentationComment(checker).length === 0 ? 1 : 0);
  const all = (type.isUnion() ? type.types : [type])
    .flatMap((part) => checker.getPropertiesOfType(part))
    .sort((a, b) => isBare(a) - isBare(b));
  return all.filter((property, place) => all.findIndex(({ name }) => name === property.name) === place);
}

function isRecordOfOurs(type: ts.Type, checker: ts.TypeChecker): boolean {
  if ((type.flags & ts.TypeFlags.TypeParameter) !== 0) return false;
  if (checker.isArrayType(type) || checker.isTupleType(type) || type.getCallSignatures().length > 0) return false;
  const parts = type.isIntersection() || type.isUnion() ? type.types : [type];
  return parts.every((part) => {
    const declarations = (part.aliasSymbol ?? part.symbol)?.declarations ?? [];
    return declarations.some((declaration) => declaration.getSourceFile().fileName.includes('/packages/core/src/'));
  });
}

function resolve(symbol: ts.Symbol, checker: ts.TypeChecker): ts.Symbol {
  return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol);
}

function splitName(text: string): [string, string] {
  const space = text.search(/\s/);
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space).trim()];
}
