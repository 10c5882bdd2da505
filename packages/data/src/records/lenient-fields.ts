import { z } from 'zod';

/** A field that may be missing, `null` or empty text, which all mean the same. */
export function nullAsAbsent<T extends z.ZodType>(schema: T): z.ZodPreprocess<z.ZodOptional<T>> {
  return z.preprocess((value) => (value === null || value === '' ? undefined : value), schema.optional());
}

/** The value inside JSON text; other values, and text that is not JSON, unchanged for the schema to judge. */
export function fromJsonString(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** The number that text spells out in full; everything else unchanged for the schema to judge. */
export function numberFromString(value: unknown): unknown {
  return typeof value === 'string' && /^\s*[-+]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
}
