import { z } from 'zod';
import { type AlignedText, alignText, sliceText } from './aligned-text.ts';
import type { Normalizer } from './normalizers.ts';
import { wordCharacters } from './patterns.ts';

/** One of the `added_tokens` of tokenizer.json. */
export const addedTokenSchema = z.object({
  id: z.int().nonnegative(),
  content: z.string(),
  /** Counts only where no letter, digit or mark touches it. */
  single_word: z.boolean().default(false),
  /** Takes the white space before it. */
  lstrip: z.boolean().default(false),
  /** Takes the white space after it. */
  rstrip: z.boolean().default(false),
  /** Is looked for in the normalized text, in its own normalized form. */
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
});

/** @see {@link addedTokenSchema} */
export type AddedToken = z.infer<typeof addedTokenSchema>;

/** A part of a text: an added token, or text for the model. */
export interface AddedTokenPart {
  readonly text: AlignedText;
  readonly token: AddedToken | undefined;
}

/** Finds added tokens in a text. */
export type AddedTokenSplitter = (text: AlignedText) => AddedTokenPart[];

/** How an added token reads where it is looked for. */
export const addedTokenText = (token: AddedToken, normalizer: Normalizer | undefined): string =>
  isNormalized(token) && normalizer !== undefined ? normalizer(alignText(token.content)).text : token.content;

const isNormalized = ({ normalized, special }: AddedToken): boolean => normalized ?? !special;

/**
 * The two searches for added tokens: in the text as it is, and in the normalized text of what is left. Of matches at
 * one place the longest counts.
 */
export function createAddedTokenSplitters(
  tokens: readonly AddedToken[],
  normalizer: Normalizer | undefined,
): { readonly beforeNormalizer: AddedTokenSplitter; readonly afterNormalizer: AddedTokenSplitter } {
  const splitter = (selected: readonly AddedToken[]): AddedTokenSplitter => {
    const root = trieOf(selected.map((token) => [addedTokenText(token, normalizer), token] as const));
    return (text) => splitAtTokens(text, root);
  };
  return {
    beforeNormalizer: splitter(tokens.filter((token) => !isNormalized(token))),
    afterNormalizer: splitter(tokens.filter(isNormalized)),
  };
}

interface Node {
  readonly next: Map<number, Node>;
  token?: AddedToken;
}

function trieOf(entries: readonly (readonly [text: string, token: AddedToken])[]): Node {
  const root: Node = { next: new Map() };
  for (const [text, token] of entries) {
    if (text === '') continue;
    let node = root;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      let child = node.next.get(code);
      if (child === undefined) node.next.set(code, (child = { next: new Map() }));
      node = child;
    }
    node.token = token;
  }
  return root;
}

const startsWithWord = new RegExp(`^[${wordCharacters}]`, 'u');
const endsWithWord = new RegExp(`[${wordCharacters}]$`, 'u');
const spacesAtStart = /^\p{White_Space}*/u;
const spacesAtEnd = /\p{White_Space}*$/u;

function splitAtTokens(aligned: AlignedText, root: Node): AddedTokenPart[] {
  const { text } = aligned;
  if (root.next.size === 0) return [{ text: aligned, token: undefined }];
  const parts: AddedTokenPart[] = [];
  let done = 0;
  let at = 0;
  while (at < text.length) {
    const found = longestMatch(text, at, root);
    if (found === undefined) {
      at += 1;
      continue;
    }
    const [start, end] = [at, found.end];
    at = end;
    if (found.token.single_word && (endsWithWord.test(text.slice(0, start)) || startsWithWord.test(text.slice(end)))) {
      continue;
    }
    const from = found.token.lstrip
      ? Math.max(done, start - (spacesAtEnd.exec(text.slice(done, start))?.[0].length ?? 0))
      : start;
    const to = found.token.rstrip ? end + (spacesAtStart.exec(text.slice(end))?.[0].length ?? 0) : end;
    if (from > done) parts.push({ text: sliceText(aligned, done, from), token: undefined });
    parts.push({ text: sliceText(aligned, from, to), token: found.token });
    done = to;
    at = Math.max(at, to);
  }
  if (done < text.length) parts.push({ text: sliceText(aligned, done, text.length), token: undefined });
  return parts;
}

function longestMatch(text: string, start: number, root: Node): { token: AddedToken; end: number } | undefined {
  let result: { token: AddedToken; end: number } | undefined;
  let node: Node | undefined = root;
  for (let i = start; i < text.length; i++) {
    node = node.next.get(text.charCodeAt(i));
    if (node === undefined) break;
    if (node.token !== undefined) result = { token: node.token, end: i + 1 };
  }
  return result;
}
