import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { parseTokenizerDefinition, type TokenizerDefinition } from '../tokenizer/encoding/tokenizer-definition.ts';
import type { TokenizerFiles } from '../tokenizer/tokenizer-files.ts';
import { gguf, type GgufValue, notInGguf } from './gguf-metadata.ts';

/**
 * The tokenizer as llama.cpp has it: tokens with their kinds, merges or scores, special tokens, chat template.
 *
 * @param files `null`: none; every token then is its number in brackets, since not all programs open a file without
 * @param where the tokenizer, for errors
 * @throws RlloomError kind `model` for a tokenizer of another kind than llama.cpp has
 */
export function ggufTokenizer(
  files: TokenizerFiles | null,
  config: ModelConfig,
  where: string,
): ReadonlyMap<string, GgufValue> {
  if (files === null) return numbers(config.vocabularySize);
  const definition = parseTokenizerDefinition(JSON.parse(files['tokenizer.json'] ?? 'null'), where);
  const settings = readSettings(files);
  const vocabulary = listTokens(definition, config.vocabularySize, where);
  const kind = kindOf(definition, vocabulary, where);
  const template = files['chat_template.jinja'] ?? settings.chat_template;
  return new Map<string, GgufValue>([
    ...kind,
    ['tokenizer.ggml.tokens', gguf.strings(vocabulary.map(({ text }) => text))],
    ['tokenizer.ggml.token_type', gguf.int32s(vocabulary.map(({ type }) => type))],
    ...specialTokens(definition, config, settings),
    ...(typeof template === 'string' ? [['tokenizer.chat_template', gguf.string(template)] as const] : []),
  ]);
}

function numbers(size: number): ReadonlyMap<string, GgufValue> {
  const tokens = Array.from({ length: size }, (_, id) => `[${id}]`);
  return new Map([
    ['tokenizer.ggml.model', gguf.string('gpt2')],
    ['tokenizer.ggml.pre', gguf.string('gpt-2')],
    ['tokenizer.ggml.merges', gguf.strings([])],
    ['tokenizer.ggml.tokens', gguf.strings(tokens)],
    ['tokenizer.ggml.token_type', gguf.int32s(tokens.map(() => tokenTypes.unused))],
  ]);
}

const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish()
  .catch(undefined);
const settingsSchema = z
  .looseObject({ bos_token: token, eos_token: token, pad_token: token, unk_token: token, chat_template: z.unknown() })
  .catch({ chat_template: undefined });

function readSettings(files: TokenizerFiles): z.infer<typeof settingsSchema> {
  const parts = ['special_tokens_map.json', 'tokenizer_config.json'].map(
    (name) => JSON.parse(files[name] ?? '{}') as object,
  );
  return settingsSchema.parse(Object.assign({}, ...parts));
}

// The kinds of tokens, by llama.cpp's `llama_token_type`.
const tokenTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

interface StoredToken {
  readonly text: string;
  readonly type: number;
}

function listTokens({ model, added_tokens: added }: TokenizerDefinition, size: number, where: string): StoredToken[] {
  if (model.type !== 'BPE') throw unknownTokenizer(`the tokenizer is a ${model.type}`, where);
  const tokens: StoredToken[] = Array.from({ length: size }, (_, id) => ({
    text: `[PAD${id}]`,
    type: tokenTypes.unused,
  }));
  const put = (id: number, stored: StoredToken): void => {
    if (id < size) tokens[id] = stored;
  };
  for (const [text, id] of Object.entries(model.vocab)) {
    const isByte = model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(text);
    put(id, { text, type: isByte ? tokenTypes.byte : tokenTypes.normal });
  }
  for (const { id, content, special } of added) {
    const isUnknown = content === model.unk_token;
    // llama.cpp looks for such tokens in texts as they are, with spaces.
    const text = special ? content : content.replaceAll('▁', ' ');
    put(id, { text, type: isUnknown ? tokenTypes.unknown : special ? tokenTypes.control : tokenTypes.userDefined });
  }
  return tokens;
}

/** Bytes merged in pairs, or pieces of text by their scores. */
function kindOf(
  definition: TokenizerDefinition,
  vocabulary: readonly StoredToken[],
  where: string,
): [string, GgufValue][] {
  const { model, normalizer, pre_tokenizer: splitter } = definition;
  if (model.type !== 'BPE') throw unknownTokenizer(`the tokenizer is a ${model.type}`, where);
  const merges = model.merges.map((merge) => (Array.isArray(merge) ? merge.join(' ') : String(merge)));
  if (definition.decoder?.type === 'ByteLevel') {
    return [
      ['tokenizer.ggml.model', gguf.string('gpt2')],
      ['tokenizer.ggml.pre', gguf.string(splitterName(splitter, where))],
      ['tokenizer.ggml.merges', gguf.strings(merges)],
    ];
  }
  const text = JSON.stringify([normalizer ?? null, splitter ?? null]);
  if (model.byte_fallback !== true || !text.includes('▁')) {
    throw unknownTokenizer('the tokenizer neither works on bytes nor falls back to them', where);
  }
  // Pieces are merged in the order of their merges: the first has the highest score.
  const ranks = new Map(merges.map((merge, rank) => [merge.replace(' ', ''), rank]));
  const startsWithSpace = /"Prepend"/.test(text) || /"prepend_scheme":"(always|first)"/.test(text);
  return [
    ['tokenizer.ggml.model', gguf.string('llama')],
    ['tokenizer.ggml.pre', gguf.string('default')],
    ['tokenizer.ggml.scores', gguf.float32s(vocabulary.map((token) => -(ranks.get(token.text) ?? merges.length)))],
    ['tokenizer.ggml.add_space_prefix', gguf.bool(startsWithSpace)],
  ];
}

// The splits that llama.cpp has, by its names, as tokenizer.json writes them.
const words = (digits: string) =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;
const splitters: Readonly<Record<string, string>> = {
  [words('\\p{N}{1,3}')]: 'llama-bpe',
  [words('\\p{N}')]: 'qwen2',
};

function splitterName(splitter: TokenizerDefinition['pre_tokenizer'], where: string): string {
  const steps = splitter?.type === 'Sequence' ? splitter.pretokenizers : splitter == null ? [] : [splitter];
  const [first, ...others] = steps;
  if (first?.type === 'ByteLevel' && first.use_regex && others.length === 0) return 'gpt-2';
  if (first?.type === 'Digits' && others.length === 1 && others[0]?.type === 'ByteLevel') return 'smollm';
  const pattern = first?.type === 'Split' && 'Regex' in first.pattern ? first.pattern.Regex : '';
  const name = splitters[pattern];
  if (name !== undefined && others.length === 1) return name;
  throw unknownTokenizer('the tokenizer splits texts in a way that is not among those written here', where);
}

function specialTokens(
  definition: TokenizerDefinition,
  config: ModelConfig,
  settings: z.infer<typeof settingsSchema>,
): [string, GgufValue][] {
  const ids = new Map(definition.added_tokens.map(({ content, id }) => [content, id]));
  const idOf = (text: string | null | undefined) => (text == null ? undefined : ids.get(text));
  const eos = idOf(settings.eos_token) ?? config.eosTokenIds[0];
  const bos = idOf(settings.bos_token) ?? config.bosTokenId ?? undefined;
  const entries: [string, number | undefined][] = [
    ['bos', bos],
    ['eos', eos],
    // A chat model ends turns with another token than texts.
    ['eot', config.eosTokenIds.find((id) => id !== eos)],
    ['unknown', idOf(settings.unk_token)],
    ['padding', idOf(settings.pad_token) ?? config.padTokenId ?? undefined],
  ];
  const added = addedAround(definition.post_processor);
  return [
    ...entries.flatMap(([name, id]): [string, GgufValue][] =>
      id === undefined ? [] : [[`tokenizer.ggml.${name}_token_id`, gguf.uint32(id)]],
    ),
    ['tokenizer.ggml.add_bos_token', gguf.bool(added.before)],
    ['tokenizer.ggml.add_eos_token', gguf.bool(added.after)],
  ];
}

/** Whether encoding puts special tokens before and after a text. */
function addedAround(processor: TokenizerDefinition['post_processor']): {
  readonly before: boolean;
  readonly after: boolean;
} {
  const steps = processor?.type === 'Sequence' ? processor.processors : processor == null ? [] : [processor];
  const pieces = steps.flatMap((step) => (step.type === 'TemplateProcessing' ? step.single : []));
  const isSpecial = (piece: (typeof pieces)[number] | undefined) => piece !== undefined && 'SpecialToken' in piece;
  return { before: isSpecial(pieces[0]), after: isSpecial(pieces.at(-1)) };
}

function unknownTokenizer(what: string, where: string) {
  return notInGguf(what, 'write the model without a tokenizer: tokenizerFrom: null; token ids work as they are', where);
}
