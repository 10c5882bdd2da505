import { z } from 'zod';
import { bytesOfSymbols } from '../encoding/byte-symbols.ts';
import { compilePattern, patternSchema } from '../encoding/patterns.ts';

const simple = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ByteLevel') }),
  z.object({ type: z.enum(['ByteFallback', 'Fuse']) }),
  z.object({ type: z.literal('Replace'), pattern: patternSchema, content: z.string() }),
  z.object({
    type: z.literal('Strip'),
    content: z.string(),
    start: z.int().nonnegative(),
    stop: z.int().nonnegative(),
  }),
  z.object({
    type: z.literal('Metaspace'),
    replacement: z.string().default('▁'),
    add_prefix_space: z.boolean().nullish(),
    prepend_scheme: z.enum(['always', 'first', 'never']).default('always'),
  }),
  z.object({ type: z.literal('WordPiece'), prefix: z.string().default('##'), cleanup: z.boolean().default(true) }),
  z.object({ type: z.literal('BPEDecoder'), suffix: z.string().default('</w>') }),
]);

/** The `decoder` of tokenizer.json. */
export type DecoderOptions =
  | z.infer<typeof simple>
  | { readonly type: 'Sequence'; readonly decoders: readonly DecoderOptions[] };

/** Checks the `decoder` of tokenizer.json. */
export const decoderSchema: z.ZodType<DecoderOptions> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('Sequence'), decoders: z.array(decoderSchema) }),
    ...simple.options,
  ]),
);

/** One step from tokens to text. */
export type DecoderStep = Exclude<DecoderOptions, { readonly type: 'Sequence' }>;

/** The steps of a decoder, without sequences. */
export const decoderSteps = (options: DecoderOptions): readonly DecoderStep[] =>
  options.type === 'Sequence' ? options.decoders.flatMap(decoderSteps) : [options];

/** Makes parts of a text of tokens. All tokens at once, for some steps look at their neighbours. */
export type Decoder = (tokens: readonly string[]) => readonly string[];

/** The bytes that a token of a byte-level vocabulary stands for. */
export type TokenBytes = (token: string) => Uint8Array;

/**
 * What a byte-level vocabulary's tokens stand for. Added tokens stand for themselves, whatever characters they have:
 * the Rust tokenizers read an added `é` as the byte 0xE9, which is no text.
 */
export const tokenBytes =
  (added: ReadonlySet<string>): TokenBytes =>
  (token) =>
    added.has(token) ? new TextEncoder().encode(token) : bytesOfSymbols(token);

/** The function that the options describe; the text is what its results spell. */
export function createDecoder(options: DecoderOptions, bytesOf: TokenBytes): Decoder {
  const steps = decoderSteps(options).map((step) => createStep(step, bytesOf));
  return (tokens) => steps.reduce<readonly string[]>((parts, step) => step(parts), tokens);
}

function createStep(step: DecoderStep, bytesOf: TokenBytes): Decoder {
  switch (step.type) {
    case 'ByteLevel':
      return (tokens) => [decodeUtf8(tokens.flatMap((token) => [...bytesOf(token)]))];
    case 'ByteFallback':
      return joinBytes;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Strip':
      return (tokens) => tokens.map((token) => stripped(token, step));
    case 'Replace':
    case 'Metaspace':
    case 'WordPiece': {
      const each = tokenDecoder(step);
      return (tokens) => tokens.map((token, index) => each(token, index === 0));
    }
    case 'BPEDecoder':
      return (tokens) =>
        tokens.map((token, index) => token.replaceAll(step.suffix, index === tokens.length - 1 ? '' : ' '));
  }
}

/** A step that needs to know of one token, and whether it is the first. */
export type TokenDecoder = (token: string, isFirst: boolean) => string;

/** The function of a step that looks at one token at a time. */
export function tokenDecoder(
  step: Extract<DecoderStep, { readonly type: 'Replace' | 'Metaspace' | 'WordPiece' }>,
): TokenDecoder {
  switch (step.type) {
    case 'Replace': {
      const pattern = compilePattern(step.pattern);
      return (token) => token.replace(pattern, () => step.content);
    }
    case 'Metaspace': {
      const isPrefixed = step.prepend_scheme !== 'never' && step.add_prefix_space !== false;
      return (token, isFirst) => token.replaceAll(step.replacement, isFirst && isPrefixed ? '' : ' ');
    }
    case 'WordPiece': {
      const { prefix, cleanup } = step;
      const joined = (token: string) => (token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`);
      return (token, isFirst) => {
        const text = isFirst ? token : joined(token);
        return cleanup ? withoutSpacesOfWords(text) : text;
      };
    }
  }
}

function stripped(token: string, { content, start, stop }: DecoderStep & { readonly type: 'Strip' }): string {
  const characters = [...token];
  let from = 0;
  let to = characters.length;
  while (from < Math.min(start, characters.length) && characters[from] === content) from += 1;
  while (characters.length - to < stop && to > 0 && characters[to - 1] === content) to -= 1;
  return characters.slice(from, Math.max(from, to)).join('');
}

/** The byte of a token like `<0x41>`. */
export function byteOfToken(token: string): number | undefined {
  const digits = /^<0x([0-9A-Fa-f]{2})>$/.exec(token)?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 16);
}

// Runs of bytes become text, or a replacement character for each where a run is not UTF-8.
function joinBytes(tokens: readonly string[]): string[] {
  const result: string[] = [];
  let run: number[] = [];
  for (const token of tokens) {
    const byte = byteOfToken(token);
    if (byte !== undefined) {
      run.push(byte);
      continue;
    }
    result.push(...textOfRun(run), token);
    run = [];
  }
  return [...result, ...textOfRun(run)];
}

/** The tokens that a run of byte tokens becomes. */
export function textOfRun(bytes: readonly number[]): string[] {
  if (bytes.length === 0) return [];
  try {
    return [strict.decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\ufffd');
  }
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of UTF-8 bytes, with replacement characters for what is none. */
export const decodeUtf8 = (bytes: readonly number[]): string => lenient.decode(Uint8Array.from(bytes));

const spacedEndings = [' .', ' ?', ' !', ' ,', " ' ", " n't", " 'm", ' do not', " 's", " 've", " 're"];

// What WordPiece makes of English; ` do not` is its own.
const withoutSpacesOfWords = (text: string): string =>
  spacedEndings.reduce(
    (result, ending) => result.replaceAll(ending, ending === ' do not' ? " don't" : ending.trim()),
    text,
  );

/** What transformers does for `clean_up_tokenization_spaces`: no spaces before English punctuation and endings. */
export const cleanUpSpaces = (text: string): string =>
  spacedEndings.reduce(
    (result, ending) => (ending === ' do not' ? result : result.replaceAll(ending, ending.trim())),
    text,
  );
