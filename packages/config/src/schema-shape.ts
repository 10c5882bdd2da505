import type { z } from 'zod';
import { toSnakeCase } from './key-case.ts';

/** Any zod schema. */
export type Schema = z.core.$ZodType;

/** A key of an object schema. */
export interface SchemaKey {
  /** As in TypeScript: camelCase. */
  readonly name: string;
  readonly schema: Schema;
}

/** What a schema is made of, as far as keys and lists go. */
export type Shape =
  | {
      readonly kind: 'object';
      /** By snake_case key. */
      readonly keys: ReadonlyMap<string, SchemaKey>;
      /** The schema of keys that are not listed; without it they are errors. */
      readonly others: Schema | undefined;
    }
  | { readonly kind: 'record'; readonly value: Schema }
  | { readonly kind: 'list'; readonly items: readonly Schema[]; readonly rest: Schema | undefined }
  | { readonly kind: 'union'; readonly options: readonly Schema[]; readonly discriminator: string | undefined }
  | { readonly kind: 'leaf' };

/** A schema without its wrappers, and what the wrappers said. */
export interface UnwrappedSchema {
  readonly schema: Schema;
  readonly shape: Shape;
  readonly description: string | undefined;
  /** May be left out, because it is optional or has a default. */
  readonly optional: boolean;
  readonly nullable: boolean;
  /** The default as it would be written, in camelCase; `undefined` = none. */
  readonly fallback: unknown;
}

/** Looks through optional, default, prefault, nullable, readonly, catch, pipe and lazy wrappers. */
export function unwrapSchema(schema: Schema): UnwrappedSchema {
  let inner = schema;
  let description: string | undefined;
  let optional = false;
  let nullable = false;
  let fallback: unknown;
  for (;;) {
    description ??= describe(inner);
    const def = (inner as z.core.$ZodTypes)._zod.def;
    switch (def.type) {
      case 'optional':
        optional = true;
        inner = def.innerType;
        continue;
      case 'default':
      case 'prefault':
        optional = true;
        if (fallback === undefined) fallback = def.defaultValue;
        inner = def.innerType;
        continue;
      case 'catch':
        optional = true;
        inner = def.innerType;
        continue;
      case 'nullable':
        nullable = true;
        inner = def.innerType;
        continue;
      case 'nonoptional':
        optional = false;
        inner = def.innerType;
        continue;
      case 'readonly':
      case 'success':
      case 'promise':
        inner = def.innerType;
        continue;
      case 'lazy':
        inner = def.getter();
        continue;
      case 'pipe':
        // A preprocess step has no type of its own: what people write is what it feeds.
        inner = (def.in as z.core.$ZodTypes)._zod.def.type === 'transform' ? def.out : def.in;
        continue;
      default:
        return { schema: inner, shape: shapeOf(inner), description, optional, nullable, fallback };
    }
  }
}

/**
 * The schema of a union's option that `entries` (snake_case keys, plain values) are written for: by its
 * discriminator, else the one that knows most of the keys. Schemas that are no union come back as they are.
 */
export function chooseOption(schema: Schema, entries: ReadonlyMap<string, unknown> | undefined): Schema {
  const { shape } = unwrapSchema(schema);
  if (shape.kind !== 'union' || entries === undefined) return schema;
  const options = shape.options.map((option) => chooseOption(option, entries));
  const { discriminator } = shape;
  if (discriminator !== undefined) {
    const value = entries.get(toSnakeCase(discriminator));
    const fitting = options.find((option) => accepts(unwrapSchema(option).shape, discriminator, value));
    return fitting ?? schema;
  }
  let best: { readonly option: Schema; readonly score: number } | undefined;
  for (const option of options) {
    const score = keyScore(unwrapSchema(option).shape, entries);
    if (score !== undefined && score > (best?.score ?? Number.NEGATIVE_INFINITY)) best = { option, score };
  }
  return best?.option ?? schema;
}

/** The options of a union that are lists: there is no way to tell them apart before validation, so the first counts. */
export function chooseList(schema: Schema): Schema {
  const { shape } = unwrapSchema(schema);
  if (shape.kind !== 'union') return schema;
  return shape.options.map(chooseList).find((option) => unwrapSchema(option).shape.kind === 'list') ?? schema;
}

/** The schema of position `index` of a list. */
export function listItem(shape: Extract<Shape, { kind: 'list' }>, index: number): Schema | undefined {
  return shape.items[index] ?? shape.rest;
}

function shapeOf(schema: Schema): Shape {
  const def = (schema as z.core.$ZodTypes)._zod.def;
  switch (def.type) {
    case 'object': {
      const keys = new Map(
        Object.entries(def.shape).map(([name, inner]) => [toSnakeCase(name), { name, schema: inner }]),
      );
      const { catchall } = def;
      const isClosed = catchall === undefined || (catchall as z.core.$ZodTypes)._zod.def.type === 'never';
      return { kind: 'object', keys, others: isClosed ? undefined : catchall };
    }
    case 'record':
      return { kind: 'record', value: def.valueType };
    case 'array':
      return { kind: 'list', items: [], rest: def.element };
    case 'tuple':
      return { kind: 'list', items: def.items, rest: def.rest ?? undefined };
    case 'union':
      return {
        kind: 'union',
        options: def.options,
        discriminator: 'discriminator' in def ? String(def.discriminator) : undefined,
      };
    case 'intersection': {
      const left = unwrapSchema(def.left).shape;
      const right = unwrapSchema(def.right).shape;
      if (left.kind !== 'object' || right.kind !== 'object') return { kind: 'leaf' };
      return { kind: 'object', keys: new Map([...left.keys, ...right.keys]), others: left.others ?? right.others };
    }
    default:
      return { kind: 'leaf' };
  }
}

function accepts(shape: Shape, discriminator: string, value: unknown): boolean {
  if (shape.kind !== 'object') return false;
  const key = shape.keys.get(toSnakeCase(discriminator));
  return key !== undefined && (key.schema._zod.values?.has(value as z.core.util.Primitive) ?? false);
}

// Known keys count for an option, unknown and missing required ones against it.
function keyScore(shape: Shape, entries: ReadonlyMap<string, unknown>): number | undefined {
  if (shape.kind === 'record') return 0;
  if (shape.kind !== 'object') return undefined;
  const known = [...entries.keys()].filter((key) => shape.keys.has(key)).length;
  const missing = [...shape.keys].filter(
    ([key, { schema }]) => !entries.has(key) && !unwrapSchema(schema).optional,
  ).length;
  return known * 2 - (entries.size - known) - missing;
}

function describe(schema: Schema): string | undefined {
  const { description } = schema as { readonly description?: unknown };
  return typeof description === 'string' ? description : undefined;
}
