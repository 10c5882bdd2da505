import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { createLatticeModel, createMergingModel, createWordPieceModel } from '../hugging-face-parts.ts';

/** A token of a word: its id, and the units of the word it stands for. */
export interface PlacedToken {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** Turns the words of a text into tokens. */
export interface TokenModel {
  /** Tokens and their ids. */
  readonly vocabulary: ReadonlyMap<string, number>;
  tokenize(word: string): PlacedToken[];
}

const vocabulary = z.custom<Readonly<Record<string, number>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'should be an object of tokens and ids',
);
const bpe = z.object({
  type: z.literal('BPE'),
  vocab: vocabulary,
  merges: z.array(z.unknown()),
  unk_token: z.string().nullish(),
  fuse_unk: z.boolean().nullish(),
  byte_fallback: z.boolean().nullish(),
  ignore_merges: z.boolean().nullish(),
  end_of_word_suffix: z.string().nullish(),
  // The library has no such prefix, and dropping merges at random belongs to training a tokenizer.
  continuing_subword_prefix: z.literal(['', null], 'is not supported').optional(),
  dropout: z.literal([0, null], 'makes tokens random, which is not supported').optional(),
});
const wordPiece = z.object({
  type: z.literal('WordPiece'),
  vocab: vocabulary,
  unk_token: z.string(),
  continuing_subword_prefix: z.string(),
  max_input_chars_per_word: z.int().default(100),
});
const unigram = z.object({
  type: z.literal('Unigram'),
  vocab: z.array(z.tuple([z.string(), z.number()])).min(1),
  unk_id: z.int().nullish(),
  byte_fallback: z.boolean().nullish(),
});
const wordLevel = z.object({ type: z.literal('WordLevel'), vocab: vocabulary, unk_token: z.string() });

/** Checks the `model` of tokenizer.json. Older files leave out its type. */
export const modelSchema = z.preprocess(
  (value) => {
    if (typeof value !== 'object' || value === null || 'type' in value) return value;
    const type = 'merges' in value ? 'BPE' : 'continuing_subword_prefix' in value ? 'WordPiece' : undefined;
    return 'unk_id' in value ? { ...value, type: 'Unigram' } : { ...value, type: type ?? 'WordLevel' };
  },
  z.discriminatedUnion('type', [bpe, wordPiece, unigram, wordLevel]),
);

/** The model that the options describe. Merging, the lattice and the longest match are the library's. */
export function createTokenModel(options: z.infer<typeof modelSchema>): TokenModel {
  switch (options.type) {
    case 'BPE':
      return merging(options);
    case 'WordPiece':
      return longestPieces(options);
    case 'Unigram':
      return likeliestPieces(options);
    case 'WordLevel': {
      const ids = new Map(Object.entries(options.vocab));
      const unknown = ids.get(options.unk_token);
      const tokenize = (word: string) => [{ id: known(ids.get(word) ?? unknown, word), start: 0, end: word.length }];
      return { vocabulary: ids, tokenize };
    }
  }
}

function merging(options: z.infer<typeof bpe>): TokenModel {
  const model = createMergingModel(options);
  const ids = model.tokens_to_ids;
  const suffixLength = options.end_of_word_suffix?.length ?? 0;
  const unknown = options.unk_token == null ? undefined : ids.get(options.unk_token);
  const byteIds = options.byte_fallback ? byteTokens(ids) : undefined;
  const tokenize = (word: string): PlacedToken[] => {
    const whole = options.ignore_merges ? ids.get(word) : undefined;
    if (whole !== undefined) return [{ id: whole, start: 0, end: word.length }];
    const result: PlacedToken[] = [];
    const parts = model.bpe(word);
    let start = 0;
    let wasUnknown = false;
    parts.forEach((part, index) => {
      const end = start + part.length - (index === parts.length - 1 ? suffixLength : 0);
      const id = ids.get(part);
      const bytes = id === undefined ? byteIds?.(word.slice(start, end)) : undefined;
      const isUnknown = id === undefined && bytes === undefined;
      if (!isUnknown) {
        for (const each of bytes ?? [id as number]) result.push({ id: each, start, end });
      } else if (unknown !== undefined) {
        const last = result.at(-1);
        if (wasUnknown && options.fuse_unk && last !== undefined) result[result.length - 1] = { ...last, end };
        else result.push({ id: unknown, start, end });
      }
      wasUnknown = isUnknown;
      start = end;
    });
    return result;
  };
  return { vocabulary: ids, tokenize };
}

function likeliestPieces(options: z.infer<typeof unigram>): TokenModel {
  const model = createLatticeModel(options);
  const ids = model.tokens_to_ids;
  const unknown = options.unk_id ?? undefined;
  const byteIds = options.byte_fallback ? byteTokens(ids) : undefined;
  const tokenize = (word: string): PlacedToken[] => {
    const pieces: string[] = [];
    let wasUnknown = false;
    for (const piece of model.tokenize(word)) {
      const isUnknown = (ids.get(piece) ?? unknown) === unknown;
      if (isUnknown && wasUnknown) pieces.push(`${pieces.pop() ?? ''}${piece}`);
      else pieces.push(piece);
      wasUnknown = isUnknown;
    }
    let end = 0;
    return pieces.flatMap((piece) => {
      const start = end;
      end += piece.length;
      const id = ids.get(piece);
      const bytes = id === undefined ? byteIds?.(piece) : undefined;
      return (bytes ?? [known(id ?? unknown, piece)]).map((each) => ({ id: each, start, end }));
    });
  };
  return { vocabulary: ids, tokenize };
}

function longestPieces(options: z.infer<typeof wordPiece>): TokenModel {
  const model = createWordPieceModel(options);
  const ids = model.tokens_to_ids;
  const prefixLength = options.continuing_subword_prefix.length;
  const tokenize = (word: string): PlacedToken[] => {
    const pieces = model.encode([word]);
    // One piece is the word, known or not.
    if (pieces.length === 1) return [{ id: known(ids.get(pieces[0] as string), word), start: 0, end: word.length }];
    let end = 0;
    return pieces.map((piece, index) => {
      const start = end;
      end += piece.length - (index > 0 ? prefixLength : 0);
      return { id: known(ids.get(piece), word), start, end };
    });
  };
  return { vocabulary: ids, tokenize };
}

const encoder = new TextEncoder();

// The ids of a text's bytes, where the vocabulary has them all.
function byteTokens(ids: ReadonlyMap<string, number>): (text: string) => number[] | undefined {
  const byByte = Array.from({ length: 256 }, (_, byte) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
  );
  return (text) => {
    const result = Array.from(encoder.encode(text), (byte) => byByte[byte]);
    return result.every((id) => id !== undefined) ? result : undefined;
  };
}

function known(id: number | undefined, text: string): number {
  if (id !== undefined) return id;
  throw new RlloomError('data', {
    what: `the tokenizer has no token for ${JSON.stringify(text)} and none for what it does not know`,
    where: 'tokenizer.json',
    fix: 'remove the text, or use a tokenizer with byte fallback or an unknown token',
  });
}
