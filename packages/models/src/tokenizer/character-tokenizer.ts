import { RlloomError } from '@rlloom/spec';
import type { TokenizerFiles } from './tokenizer-files.ts';

/** A vocabulary of characters and short strings. */
export interface CharacterTokenizerOptions {
  /** The tokens: single characters, and strings that stand for one token wherever they occur, such as `####`. */
  readonly tokens: readonly string[];
  /** Fills batches. Default `<pad>`. */
  readonly padToken?: string;
  /** Ends a text. Default `<eos>`. */
  readonly eosToken?: string;
  /** Stands for every byte of a text that no token covers. Default `<unk>`; `AutoTokenizer` drops such bytes. */
  readonly unknownToken?: string;
  /** Further special tokens, for example the marks of a chat template. Default none. */
  readonly specialTokens?: readonly string[];
  /** Jinja text. Default none. */
  readonly chatTemplate?: string;
}

// For a folder with a Qwen2 model transformers 5 takes the vocabulary out of tokenizer.json and puts its own byte-level
// splitting around it, whatever the file says. So the file says the same; without merges it is one token per byte.
const qwen2Pieces =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * The files of a Hugging Face tokenizer with one token per character. Ids: pad 0, end 1, unknown 2, then
 * `specialTokens`, then `tokens`. It adds no tokens of its own to a text.
 *
 * @returns tokenizer.json, tokenizer_config.json and, with a template, chat_template.jinja
 * @throws RlloomError kind `config` for repeated or empty tokens
 * @example
 * ```ts
 * Object.keys(characterTokenizerFiles({ tokens: ['0', '1', '+', '####'] })); // => ['tokenizer.json', 'tokenizer_config.json']
 * ```
 */
export function characterTokenizerFiles(options: CharacterTokenizerOptions): TokenizerFiles {
  const { padToken = '<pad>', eosToken = '<eos>', unknownToken = '<unk>', specialTokens = [], chatTemplate } = options;
  const special = [padToken, eosToken, unknownToken, ...specialTokens];
  const all = [...special, ...options.tokens];
  const repeated = all.find((token, index) => token === '' || all.indexOf(token) !== index);
  if (repeated !== undefined) {
    throw new RlloomError('config', {
      what: `the token ${JSON.stringify(repeated)} is ${repeated === '' ? 'empty' : 'repeated'}`,
      where: 'tokens',
      fix: 'give every token once',
    });
  }
  const isCharacter = (token: string, id: number) => id >= special.length && asByteSymbol(token) !== undefined;
  const added = all.flatMap((content, id) => {
    if (isCharacter(content, id)) return [];
    const isSpecial = id < special.length;
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: isSpecial }];
  });
  const symbols = all.map((token, id) => (isCharacter(token, id) ? (asByteSymbol(token) as string) : token));
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: qwen2Pieces }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknownToken,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(symbols.map((symbol, id) => [symbol, id])),
      merges: [],
    },
  };
  const config = {
    tokenizer_class: 'Qwen2Tokenizer',
    clean_up_tokenization_spaces: false,
    eos_token: eosToken,
    pad_token: padToken,
    padding_side: 'left',
    unk_token: unknownToken,
  };
  return {
    'tokenizer.json': `${JSON.stringify(tokenizer, null, 2)}\n`,
    'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
    ...(chatTemplate === undefined ? {} : { 'chat_template.jinja': chatTemplate }),
  };
}

// The one-byte characters as the byte-level alphabet writes them: control characters and the space moved up by 256.
function asByteSymbol(token: string): string | undefined {
  const code = token.length === 1 ? token.charCodeAt(0) : Number.NaN;
  if (code <= 0x20) return String.fromCharCode(code + 0x100);
  return code < 0x7f ? token : undefined;
}
