import { z } from 'zod';
import { type ConfigTree, treeAt } from './config-tree.ts';
import { formatPath, type PathSegments } from './config-path.ts';
import { describeType } from './describe-type.ts';
import { type Location, locate } from './locate.ts';
import { nearestName } from './nearest-key.ts';
import type { Origin } from './origin.ts';
import type { ConfigProblem } from './problem.ts';
import { valueEntries } from './read-tree.ts';
import { chooseOption, type Schema, unwrapSchema } from './schema-shape.ts';

type Issue = z.core.$ZodIssue;

/** What was validated: the schema, the value it was given, and where that came from. */
export interface Validated {
  readonly schema: Schema;
  readonly value: unknown;
  readonly tree: ConfigTree;
}

/** zod's findings in plain words, with the place each value was set. */
export function validationProblems(validated: Validated, issues: readonly Issue[]): ConfigProblem[] {
  return issues.flatMap((issue) => problemsOf(validated, issue, []));
}

function problemsOf(validated: Validated, issue: Issue, parent: readonly PropertyKey[]): ConfigProblem[] {
  const names = [...parent, ...issue.path];
  const location = locate(validated.schema, validated.value, names);
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inside = chosenErrors(location, issue);
    if (inside !== undefined) return inside.flatMap((inner) => problemsOf(validated, inner, names));
  }
  const { origin, isGiven } = originOf(validated.tree, location.path);
  const words = wordsOf({ ...location, schema: location.schema ?? discriminator(validated, names) }, issue, isGiven);
  return [{ path: formatPath(location.path), origin, ...words }];
}

interface Words {
  readonly what: string;
  readonly fix?: string;
}

function wordsOf({ path, schema, value }: Location, issue: Issue, isGiven: boolean): Words {
  // A message that differs from zod's own was written for people by the schema's author.
  const own = customMessage(issue, value);
  const expected = schema === undefined ? undefined : describeType(schema);
  if (value === undefined && !isGiven && expected !== undefined) {
    const description = schema === undefined ? undefined : unwrapSchema(schema).description;
    return {
      what: `required, but not set${description === undefined ? '' : ` (${description})`}; expected ${expected}`,
      fix: `set it in a file, or on the command line with ${formatPath(path)}=…`,
    };
  }
  if (own !== undefined) {
    return { what: isSimple(value) ? `${own}, got ${shown(value)}` : own };
  }
  if (Array.isArray(value) && (issue.code === 'too_small' || issue.code === 'too_big')) {
    const bound = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    return { what: `expected a list of ${bound} ${bound.endsWith(' 1') ? 'entry' : 'entries'}, got ${value.length}` };
  }
  if (expected === undefined || issue.code === 'invalid_key' || issue.code === 'custom') return { what: issue.message };
  const length = typeof value === 'string' && (issue.code === 'too_small' || issue.code === 'too_big');
  const detail = length && value !== '' ? ` (${issue.message})` : '';
  const fix = advice(schema, value);
  return { what: `expected ${expected}, got ${shown(value)}${detail}`, ...(fix !== undefined && { fix }) };
}

function advice(schema: Schema | undefined, value: unknown): string | undefined {
  if (schema === undefined) return undefined;
  const { schema: inner } = unwrapSchema(schema);
  const def = (inner as z.core.$ZodTypes)._zod.def;
  if (typeof value === 'string' && (def.type === 'enum' || def.type === 'literal' || def.type === 'union')) {
    const nearest = nearestName(
      value,
      [...(inner._zod.values ?? [])].filter((known) => typeof known === 'string'),
    );
    return nearest === undefined ? undefined : `did you mean "${nearest}"?`;
  }
  if (def.type === 'string' && (typeof value === 'number' || typeof value === 'boolean')) {
    return `put it in quotes: "${value}"`;
  }
  if (def.type === 'boolean' && typeof value === 'string') {
    if (/^(yes|on|true)$/i.test(value)) return 'write true';
    if (/^(no|off|false)$/i.test(value)) return 'write false';
  }
  if (def.type === 'number' && typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) {
    return `remove the quotes: ${value}`;
  }
  return undefined;
}

// Of a union, only the findings about the option that was meant.
function chosenErrors(
  location: Location,
  issue: z.core.$ZodIssueInvalidUnion,
): readonly z.core.$ZodIssue[] | undefined {
  const entries = valueEntries(location.value);
  if (location.schema === undefined) return undefined;
  const { shape } = unwrapSchema(location.schema);
  if (shape.kind !== 'union') return undefined;
  if (Array.isArray(location.value)) {
    const index = shape.options.findIndex((option) => unwrapSchema(option).shape.kind === 'list');
    return index < 0 ? undefined : issue.errors[index];
  }
  if (entries === undefined) return undefined;
  const chosen = chooseOption(location.schema, entries);
  const index = shape.options.findIndex((option) => chooseOption(option, entries) === chosen);
  return index < 0 ? undefined : issue.errors[index];
}

// The key that tells the options of a union apart has no schema of its own: the options' literals are what it may be.
function discriminator(validated: Validated, names: readonly PropertyKey[]): Schema | undefined {
  const { schema } = locate(validated.schema, validated.value, names.slice(0, -1));
  const shape = schema === undefined ? undefined : unwrapSchema(schema).shape;
  if (shape?.kind !== 'union' || shape.discriminator !== String(names.at(-1))) return undefined;
  const values = shape.options.flatMap((option) => {
    const { shape: inner } = unwrapSchema(option);
    if (inner.kind !== 'object') return [];
    const key = [...inner.keys.values()].find(({ name }) => name === shape.discriminator);
    return [...(key?.schema._zod.values ?? [])].filter((value) => typeof value === 'string');
  });
  return z.enum(values);
}

function originOf(tree: ConfigTree, path: PathSegments): { origin: Origin | undefined; isGiven: boolean } {
  const node = treeAt(tree, path);
  if (node !== undefined) return { origin: node.origin, isGiven: true };
  for (let length = path.length - 1; length > 0; length--) {
    const above = treeAt(tree, path.slice(0, length));
    if (above !== undefined) return { origin: above.origin, isGiven: false };
  }
  return { origin: undefined, isGiven: false };
}

const english = z.locales.en();

function customMessage(issue: Issue, input: unknown): string | undefined {
  if (issue.code === 'custom') return issue.message;
  const standard = english.localeError({ ...issue, input } as z.core.$ZodRawIssue);
  const text = typeof standard === 'string' ? standard : standard?.message;
  return text === issue.message ? undefined : issue.message;
}

function isSimple(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1 entry' : `a list of ${value.length} entries`;
  if (typeof value === 'object' && value !== null)
    return `a group of keys (${Object.keys(value).slice(0, 5).join(', ')})`;
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
