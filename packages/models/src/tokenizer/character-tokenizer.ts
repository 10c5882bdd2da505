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
  /** Stands for every character that is not in `tokens`. Default `<unk>`. */
  readonly unknownToken?: string;
  /** Further special tokens, for example the marks of a chat template. Default none. */
  readonly specialTokens?: readonly string[];
  /** Jinja text. Default none. */
  readonly chatTemplate?: string;
}

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
  const added = all.flatMap((content, id) => {
    const isSpecial = id < special.length;
    if (!isSpecial && [...content].length === 1) return [];
    return [{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: isSpecial }];
  });
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: { type: 'Fuse' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknownToken,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(all.map((token, id) => [token, id])),
      merges: [],
    },
  };
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
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
