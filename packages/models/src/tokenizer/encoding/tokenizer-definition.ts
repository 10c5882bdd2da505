import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { decoderSchema } from '../decoding/decoders.ts';
import { addedTokenSchema } from './added-tokens.ts';
import { normalizerSchema } from './normalizers.ts';
import { postProcessorSchema } from './post-processors.ts';
import { preTokenizerSchema } from './pre-tokenizers.ts';
import { modelSchema } from './token-models.ts';

// `truncation` and `padding` are left out on purpose: they are settings of the last use of the file, and a trainer
// decides itself what it cuts and fills.
const definitionSchema = z.object({
  added_tokens: z.array(addedTokenSchema).default([]),
  normalizer: normalizerSchema.nullish(),
  pre_tokenizer: preTokenizerSchema.nullish(),
  model: modelSchema,
  post_processor: postProcessorSchema.nullish(),
  decoder: decoderSchema.nullish(),
});

/** What tokenizer.json says. */
export type TokenizerDefinition = z.infer<typeof definitionSchema>;

/**
 * Checks a parsed tokenizer.json.
 *
 * @throws RlloomError kind `model` that names the part that is missing, wrong or of a kind that is not supported
 */
export function parseTokenizerDefinition(value: unknown, where: string): TokenizerDefinition {
  const parsed = definitionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  const found = valueAt(value, path);
  const isKind = path.at(-1) === 'type' && typeof found === 'string';
  throw new RlloomError('model', {
    what: isKind
      ? `the tokenizer's ${path.slice(0, -1).join('.')} is a ${found}, which is not supported`
      : `the tokenizer cannot be used: ${path.join('.') || 'the file'}: ${issue?.message ?? 'invalid'}`,
    where,
    fix: isKind
      ? 'use a tokenizer of another kind: BPE, Unigram, WordPiece or WordLevel, with the usual normalizers and splits'
      : 'download or copy the file again; if it is intact, its kind is not supported',
    cause: parsed.error,
  });
}

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
