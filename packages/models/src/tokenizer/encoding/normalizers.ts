import { z } from 'zod';
import {
  type AlignedText,
  type Edit,
  editText,
  filterText,
  mapText,
  prependText,
  replaceInText,
  sliceText,
} from './aligned-text.ts';
import { byteSymbols } from './byte-symbols.ts';
import { mapCharacters, readCharactersMap } from './characters-map.ts';
import { compilePattern, patternSchema, whiteSpace } from './patterns.ts';
import { toUnicodeForm } from './unicode-form.ts';

/** Changes a text before it is split. */
export type Normalizer = (text: AlignedText) => AlignedText;

const simple = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['NFC', 'NFD', 'NFKC', 'NFKD']) }),
  z.object({ type: z.enum(['Lowercase', 'StripAccents', 'Nmt', 'ByteLevel']) }),
  z.object({ type: z.literal('Replace'), pattern: patternSchema, content: z.string() }),
  z.object({ type: z.literal('Prepend'), prepend: z.string() }),
  z.object({ type: z.literal('Strip'), strip_left: z.boolean(), strip_right: z.boolean() }),
  z.object({ type: z.literal('Precompiled'), precompiled_charsmap: z.string() }),
  z.object({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullish(),
    lowercase: z.boolean(),
  }),
]);

/** The `normalizer` of tokenizer.json. */
export type NormalizerOptions =
  | z.infer<typeof simple>
  | { readonly type: 'Sequence'; readonly normalizers: readonly NormalizerOptions[] };

/** Checks the `normalizer` of tokenizer.json. */
export const normalizerSchema: z.ZodType<NormalizerOptions> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('Sequence'), normalizers: z.array(normalizerSchema) }),
    ...simple.options,
  ]),
);

/** The function that the options describe. */
export function createNormalizer(options: NormalizerOptions): Normalizer {
  switch (options.type) {
    case 'Sequence': {
      const steps = options.normalizers.map(createNormalizer);
      return (text) => steps.reduce((result, step) => step(result), text);
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      return (text) => toUnicodeForm(text, options.type);
    case 'Lowercase':
      return lowercase;
    case 'StripAccents':
      return (text) => filterText(text, (character) => !/\p{M}/u.test(character));
    case 'Nmt':
      return cleanForTranslation;
    case 'ByteLevel':
      return byteSymbols;
    case 'Replace': {
      const pattern = compilePattern(options.pattern);
      return (text) => replaceInText(text, pattern, options.content);
    }
    case 'Prepend':
      return (text) => prependText(text, options.prepend);
    case 'Strip':
      return (text) => strip(text, options.strip_left, options.strip_right);
    case 'Precompiled': {
      const map = readCharactersMap(options.precompiled_charsmap);
      return (text) => mapCharacters(text, map);
    }
    case 'BertNormalizer':
      return bertNormalizer(options);
  }
}

const lowercase: Normalizer = (text) => mapText(text, (character) => character.toLowerCase());

function strip(aligned: AlignedText, left: boolean, right: boolean): AlignedText {
  const { text } = aligned;
  const start = left ? (/^\p{White_Space}*/u.exec(text)?.[0].length ?? 0) : 0;
  const end = right ? text.length - (/\p{White_Space}*$/u.exec(text)?.[0].length ?? 0) : text.length;
  return { ...sliceText(aligned, start, Math.max(start, end)), start: aligned.start };
}

function bertNormalizer(options: NormalizerOptions & { readonly type: 'BertNormalizer' }): Normalizer {
  const isControl = /[\0\ufffd]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;
  const steps: Normalizer[] = [];
  if (options.clean_text) {
    steps.push(
      (text) => filterText(text, (character) => !isControl.test(character)),
      (text) => mapText(text, (character) => (whiteSpace.test(character) ? ' ' : character)),
    );
  }
  if (options.handle_chinese_chars) steps.push(isolateIdeographs);
  if (options.strip_accents ?? options.lowercase) {
    steps.push((text) => filterText(toUnicodeForm(text, 'NFD'), (character) => !/\p{Mn}/u.test(character)));
  }
  if (options.lowercase) steps.push(lowercase);
  return (text) => steps.reduce((result, step) => step(result), text);
}

const ideographs =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u;

function isolateIdeographs(aligned: AlignedText): AlignedText {
  if (!ideographs.test(aligned.text)) return aligned;
  const edits = [...aligned.text].flatMap((character): Edit[] =>
    ideographs.test(character)
      ? [
          { character: ' ', change: 0 },
          { character, change: 1 },
          { character: ' ', change: 1 },
        ]
      : [{ character, change: 0 }],
  );
  return editText(aligned, edits);
}

// Control characters go, and what separates words becomes a space.
const removedForTranslation = /[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/;
const spacesForTranslation = /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/;
const cleanForTranslation: Normalizer = (text) =>
  mapText(
    filterText(text, (character) => !removedForTranslation.test(character)),
    (character) => (spacesForTranslation.test(character) ? ' ' : character),
  );
