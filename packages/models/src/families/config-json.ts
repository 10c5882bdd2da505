import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';

/** A parsed config.json. */
export type ConfigJson = Readonly<Record<string, unknown>>;

const tokenId = z.int().nonnegative();

/** Keys that every family has. */
export const tokenKeys = {
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  pad_token_id: tokenId.nullish(),
};

/** The special tokens of a config.json, and the keys that say them. */
export const specialTokens = {
  read: (keys: z.infer<z.ZodObject<typeof tokenKeys>>) => ({
    bosTokenId: keys.bos_token_id ?? null,
    eosTokenIds: typeof keys.eos_token_id === 'number' ? [keys.eos_token_id] : (keys.eos_token_id ?? []),
    padTokenId: keys.pad_token_id ?? null,
  }),
  write: (tokens: {
    readonly bosTokenId: number | null;
    readonly eosTokenIds: readonly number[];
    readonly padTokenId: number | null;
  }) => ({
    bos_token_id: tokens.bosTokenId,
    eos_token_id: tokens.eosTokenIds.length > 1 ? tokens.eosTokenIds : (tokens.eosTokenIds[0] ?? null),
    pad_token_id: tokens.padTokenId,
  }),
};

/**
 * The keys of a config.json that a schema names.
 *
 * @throws RlloomError kind `model` naming the first key with a wrong value
 */
export function readKeys<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  json: ConfigJson,
  where: string,
): z.infer<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RlloomError('model', {
    what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
    where,
    fix: 'take config.json from the original model again',
  });
}

/** Keys of a config.json that belong to no one: those that neither `known` names nor every family has. */
export function otherKeys(json: ConfigJson, known: readonly string[]): Record<string, unknown> {
  const all = new Set([...known, 'model_type', 'architectures', 'dtype', 'torch_dtype', 'transformers_version']);
  return Object.fromEntries(Object.entries(json).filter(([key]) => !all.has(key)));
}

/**
 * Refuses values of config.json that the decoder does not implement: each would change the numbers silently if it were
 * ignored.
 *
 * @param allowed per key the values that are implemented; a key that is missing or `null` is left to its default
 * @throws RlloomError kind `model` naming the key and its value
 */
export function allowOnly(
  json: ConfigJson,
  where: string,
  allowed: Readonly<Record<string, readonly unknown[]>>,
): void {
  for (const [key, values] of Object.entries<readonly unknown[]>({ quantization_config: [], ...allowed })) {
    const value = json[key] ?? undefined;
    if (value === undefined || values.includes(value)) continue;
    throw notImplemented(key, value, {
      where,
      fix: values.length === 0 ? 'choose a model without it' : `choose a model with ${values.map(String).join(' or ')}`,
    });
  }
}

/** The error for a value of config.json that the decoder does not implement. */
export function notImplemented(
  key: string,
  value: unknown,
  { where, fix = 'choose a model without it' }: { readonly where: string; readonly fix?: string },
): RlloomError {
  return new RlloomError('model', {
    what: `${key} = ${JSON.stringify(value)} is not implemented`,
    where: `${where}: ${key}`,
    fix,
  });
}
