import { z } from 'zod';
import { fileKeys } from './inherit.ts';
import { toSnakeCase } from './key-case.ts';
import { writtenValues } from './written-values.ts';

/**
 * The schema as JSON Schema (draft 7, which YAML language servers read) with snake_case keys, so that editors complete
 * and check configuration files. Nothing is required, since a file may inherit it.
 */
export function toJsonSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema, ...converted } = z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    reused: 'inline',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (jsonSchema.default !== undefined) {
        jsonSchema.default = writtenValues(zodSchema, jsonSchema.default);
      }
      if (zodSchema._zod.def.type !== 'object' || jsonSchema.properties === undefined) return;
      const properties = Object.entries(jsonSchema.properties).map(
        ([name, value]) => [toSnakeCase(name), value] as const,
      );
      // The key that tells the options of a union apart stays required, or a file would fit several options.
      const literals = properties
        .filter(([, value]) => typeof value === 'object' && 'const' in value)
        .map(([name]) => name);
      jsonSchema.properties = Object.fromEntries(properties);
      delete jsonSchema.required;
      if (literals.length > 0) jsonSchema.required = literals;
    },
  });
  const properties = {
    [fileKeys.inherits]: {
      description: 'configuration files this one inherits from; later ones count',
      anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    },
    ...converted.properties,
  };
  return { $schema, ...converted, properties };
}
