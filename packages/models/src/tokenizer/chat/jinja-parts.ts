import * as library from '@huggingface/jinja';

/** A node of a parsed template; plain data with a type. */
export interface TemplateNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** A value of a running template. */
export interface TemplateValue {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}

/** The variables of a running template. */
export interface TemplateScope {
  readonly variables: Map<string, TemplateValue>;
  /** Adds a variable; throws for a name that is taken. */
  set(name: string, value: unknown): TemplateValue;
}

// What is used of `@huggingface/jinja`, whose own type files do not resolve in Node's module mode.
const { Environment, Interpreter, parse, tokenize } = library as unknown as {
  readonly Environment: new () => TemplateScope;
  readonly Interpreter: new (scope: TemplateScope) => { run(program: TemplateNode): { readonly value: string } };
  readonly parse: (tokens: unknown) => TemplateNode;
  readonly tokenize: (text: string, options: object) => unknown;
};

/** The nodes of a template, with the settings of transformers; throws for what is not Jinja. */
export const parseTemplate = (text: string): TemplateNode =>
  parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true }));

/** An empty scope. */
export const createScope = (): TemplateScope => new Environment();

/** The text that a template makes; throws what the template throws. */
export const runTemplate = (program: TemplateNode, scope: TemplateScope): string =>
  new Interpreter(scope).run(program).value;

type ValueClass = new (value: unknown) => TemplateValue;
const sample = createScope();
const FunctionValue = sample.set('function', () => null).constructor as ValueClass;
const StringValue = sample.set('text', '').constructor as ValueClass;

/** A function of one value that keeps what JavaScript cannot tell apart, such as 1 and 1.0. */
export const textFunction = (toText: (value: TemplateValue) => string): TemplateValue =>
  new FunctionValue(([value]: readonly TemplateValue[]) => new StringValue(value === undefined ? '' : toText(value)));
