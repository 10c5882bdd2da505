import type { JsonSchema } from './judge-model.ts';

/** One thing a judge must decide. */
export type VerdictField =
  | { readonly kind: 'number'; readonly name: string; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly name: string; readonly values: readonly string[] };

/** What a verdict must contain to count. */
export interface VerdictForm {
  readonly fields: readonly VerdictField[];
  /** The word that proves the verdict is the judge's own; `null` = none is asked for. */
  readonly code: string | null;
}

/** How a verdict is written: one JSON object, or one line `VERDICT …`. */
export type VerdictFormat = 'json' | 'line';

/**
 * The JSON Schema of a verdict. The reasoning comes first, so that scores follow from it, and the scores last, so that
 * no quotation can come after them.
 */
export function verdictSchema(form: VerdictForm): JsonSchema {
  const scores = Object.fromEntries(form.fields.map((field) => [field.name, fieldSchema(field)]));
  return {
    type: 'object',
    additionalProperties: false,
    required: ['reasoning', ...(form.code === null ? [] : ['code']), 'scores'],
    properties: {
      reasoning: { type: 'string' },
      ...(form.code !== null && { code: { type: 'string', enum: [form.code] } }),
      scores: {
        type: 'object',
        additionalProperties: false,
        required: form.fields.map(({ name }) => name),
        properties: scores,
      },
    },
  };
}

function fieldSchema(field: VerdictField): JsonSchema {
  return field.kind === 'number'
    ? { type: 'number', minimum: field.min, maximum: field.max }
    : { type: 'string', enum: field.values };
}

/**
 * How to write the verdict, in words. The placeholders in it are no scores: a judge that repeats its whole prompt has
 * not given a verdict.
 */
export function verdictInstruction(form: VerdictForm, format: VerdictFormat): string {
  if (format === 'line') return `End with one line, and nothing after it:\n${verdictLine(form, placeholder)}`;
  const code = form.code === null ? '' : `"code": "${form.code}", `;
  const scores = form.fields.map((field) => `"${field.name}": ${placeholder(field)}`).join(', ');
  return `End with one JSON object, and nothing after it:\n{"reasoning": "<why, in a few sentences>", ${code}"scores": {${scores}}}`;
}

/** The verdict line with the values that `valueOf` gives. */
export function verdictLine(form: VerdictForm, valueOf: (field: VerdictField) => string): string {
  const code = form.code === null ? [] : [form.code];
  return ['VERDICT', ...code, ...form.fields.map((field) => `${field.name}=${valueOf(field)}`)].join(' ');
}

function placeholder(field: VerdictField): string {
  return field.kind === 'number' ? `<${field.min} to ${field.max}>` : `<${field.values.join('|')}>`;
}
