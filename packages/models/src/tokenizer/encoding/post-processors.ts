import { z } from 'zod';
import { spaceSymbol } from './byte-symbols.ts';

/** A token and where it stands in the text. */
export interface TextToken {
  readonly id: number;
  /** Of the vocabulary, or what an added token took from the text. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Adds special tokens and moves offsets off spaces. */
export type PostProcessor = (tokens: readonly TextToken[], text: EncodedText) => readonly TextToken[];

/** What was encoded. */
export interface EncodedText {
  readonly source: string;
  readonly addSpecialTokens: boolean;
}

const pair = z.tuple([z.string(), z.int()]);
const piece = z.union([
  z.object({ SpecialToken: z.object({ id: z.string() }) }),
  z.object({ Sequence: z.object({ id: z.string() }) }),
]);
const offsets = { trim_offsets: z.boolean().default(true), add_prefix_space: z.boolean().default(true) };
const simple = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('TemplateProcessing'),
    single: z.array(piece),
    special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int()) })),
  }),
  z.object({ type: z.literal('BertProcessing'), sep: pair, cls: pair }),
  z.object({ type: z.literal('RobertaProcessing'), sep: pair, cls: pair, ...offsets }),
  z.object({ type: z.literal('ByteLevel'), ...offsets }),
]);

/** The `post_processor` of tokenizer.json. */
export type PostProcessorOptions =
  | z.infer<typeof simple>
  | { readonly type: 'Sequence'; readonly processors: readonly PostProcessorOptions[] };

/** Checks the `post_processor` of tokenizer.json. */
export const postProcessorSchema: z.ZodType<PostProcessorOptions> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('Sequence'), processors: z.array(postProcessorSchema) }),
    ...simple.options,
  ]),
);

/** The function that the options describe. */
export function createPostProcessor(options: PostProcessorOptions): PostProcessor {
  switch (options.type) {
    case 'Sequence': {
      const steps = options.processors.map(createPostProcessor);
      return (tokens, text) => steps.reduce((result, step) => step(result, text), tokens);
    }
    case 'TemplateProcessing': {
      const special = (name: string) => (options.special_tokens[name]?.ids ?? []).map((id) => specialToken(id, name));
      return (tokens, { addSpecialTokens }) =>
        options.single.flatMap((part) => {
          if ('Sequence' in part) return part.Sequence.id === 'A' ? tokens : [];
          return addSpecialTokens ? special(part.SpecialToken.id) : [];
        });
    }
    case 'BertProcessing':
      return between(options.cls, options.sep);
    case 'RobertaProcessing': {
      const surround = between(options.cls, options.sep);
      return (tokens, text) =>
        surround(options.trim_offsets ? withoutSpaces(tokens, text.source, options.add_prefix_space) : tokens, text);
    }
    case 'ByteLevel':
      return (tokens, { source }) =>
        options.trim_offsets ? withoutSpaces(tokens, source, options.add_prefix_space) : tokens;
  }
}

const specialToken = (id: number, text: string): TextToken => ({ id, text, start: 0, end: 0 });

const between =
  ([first, firstId]: z.infer<typeof pair>, [last, lastId]: z.infer<typeof pair>): PostProcessor =>
  (tokens, { addSpecialTokens }) =>
    addSpecialTokens ? [specialToken(firstId, first), ...tokens, specialToken(lastId, last)] : tokens;

const leading = new RegExp(`^[${spaceSymbol}\\p{White_Space}]*`, 'u');
const trailing = new RegExp(`[${spaceSymbol}\\p{White_Space}]*$`, 'u');

// The spaces at both ends of a token are not its own; nor is a first one that the pre-tokenizer added. A space that was
// added has the place of the character after it, so places move by characters.
function withoutSpaces(tokens: readonly TextToken[], source: string, hasPrefixSpace: boolean): TextToken[] {
  return tokens.map((token, index) => {
    const before = leading.exec(token.text)?.[0].length ?? 0;
    const after = trailing.exec(token.text)?.[0].length ?? 0;
    const isAdded = hasPrefixSpace && before === 1 && (index === 0 || token.start === 0);
    let { start, end } = token;
    for (let i = 0; i < before && !isAdded && start < end; i++) start += isPairAt(source, start) ? 2 : 1;
    for (let i = 0; i < after && end > start; i++) end -= isPairAt(source, end - 2) ? 2 : 1;
    return { ...token, start, end };
  });
}

const isPairAt = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;
