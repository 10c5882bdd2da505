import { z } from 'zod';
import { type AlignedText, prependText, replaceInText } from './aligned-text.ts';
import { byteSymbols } from './byte-symbols.ts';
import { compilePattern, patternSchema, wordCharacters } from './patterns.ts';
import { type SplitBehavior, splitBehaviorSchema, splitText } from './split-text.ts';

/** Splits a text into the words that a model sees one by one. */
export type PreTokenizer = (text: AlignedText) => readonly AlignedText[];

const simple = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['BertPreTokenizer', 'Whitespace', 'WhitespaceSplit']) }),
  z.object({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.boolean().default(true),
    use_regex: z.boolean().default(true),
  }),
  z.object({
    type: z.literal('Split'),
    pattern: patternSchema,
    behavior: splitBehaviorSchema,
    invert: z.boolean().default(false),
  }),
  z.object({
    type: z.literal('Metaspace'),
    replacement: z.string().default('▁'),
    add_prefix_space: z.boolean().nullish(),
    prepend_scheme: z.enum(['always', 'first', 'never']).default('always'),
    split: z.boolean().nullish(),
  }),
  z.object({ type: z.literal('Digits'), individual_digits: z.boolean().default(false) }),
  z.object({ type: z.literal('Punctuation'), behavior: splitBehaviorSchema.default('Isolated') }),
  z.object({ type: z.literal('CharDelimiterSplit'), delimiter: z.string() }),
  z.object({ type: z.literal('FixedLength'), length: z.int().positive() }),
]);

/** The `pre_tokenizer` of tokenizer.json. */
export type PreTokenizerOptions =
  | z.infer<typeof simple>
  | { readonly type: 'Sequence'; readonly pretokenizers: readonly PreTokenizerOptions[] };

/** Checks the `pre_tokenizer` of tokenizer.json. */
export const preTokenizerSchema: z.ZodType<PreTokenizerOptions> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('Sequence'), pretokenizers: z.array(preTokenizerSchema) }),
    ...simple.options,
  ]),
);

const whiteSpaces = /\p{White_Space}/gu;
const punctuation = /[\p{P}!-/:-@[-`{-~]/gu;
const numbers = /\p{N}/gu;
const words = new RegExp(`[${wordCharacters}]+|[^${wordCharacters}\\p{White_Space}]+`, 'gu');
const byteLevelWords = compilePattern({
  Regex: "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
});

/** The function that the options describe. */
export function createPreTokenizer(options: PreTokenizerOptions): PreTokenizer {
  const split =
    (pattern: RegExp, behavior: SplitBehavior, invert = false): PreTokenizer =>
    (text) =>
      splitText(text, { pattern, behavior, invert });
  switch (options.type) {
    case 'Sequence':
      return inTurn(options.pretokenizers.map(createPreTokenizer));
    case 'ByteLevel': {
      const steps: PreTokenizer[] = [(text) => [byteSymbols(text)]];
      if (options.use_regex) steps.unshift(split(byteLevelWords, 'Isolated'));
      if (options.add_prefix_space) {
        steps.unshift((text) => [text.text.startsWith(' ') ? text : prependText(text, ' ')]);
      }
      return inTurn(steps);
    }
    case 'Split':
      return split(compilePattern(options.pattern), options.behavior, options.invert);
    case 'Metaspace':
      return metaspace(options);
    case 'BertPreTokenizer':
      return inTurn([split(whiteSpaces, 'Removed'), split(punctuation, 'Isolated')]);
    case 'Whitespace':
      return split(words, 'Removed', true);
    case 'WhitespaceSplit':
      return split(whiteSpaces, 'Removed');
    case 'Digits':
      return split(numbers, options.individual_digits ? 'Isolated' : 'Contiguous');
    case 'Punctuation':
      return split(punctuation, options.behavior);
    case 'CharDelimiterSplit':
      return split(compilePattern({ String: options.delimiter }), 'Removed');
    case 'FixedLength':
      return split(new RegExp(`[^]{1,${options.length}}`, 'gu'), 'Isolated');
  }
}

const inTurn =
  (steps: readonly PreTokenizer[]): PreTokenizer =>
  (text) =>
    steps.reduce<readonly AlignedText[]>(
      (parts, step) => parts.flatMap((part) => step(part)).filter((part) => part.text !== ''),
      [text],
    );

function metaspace(options: PreTokenizerOptions & { readonly type: 'Metaspace' }): PreTokenizer {
  const { replacement, prepend_scheme: scheme } = options;
  const pattern = compilePattern({ String: replacement });
  return (source) => {
    let text = replaceInText(source, / /gu, replacement);
    const isPrefixed =
      options.add_prefix_space !== false && (scheme === 'always' || (scheme === 'first' && source.start === 0));
    if (isPrefixed && !text.text.startsWith(replacement)) text = prependText(text, replacement);
    return (options.split ?? true) ? splitText(text, { pattern, behavior: 'MergedWithNext', invert: false }) : [text];
  };
}
