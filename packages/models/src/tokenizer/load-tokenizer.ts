import { join } from 'node:path';
import { RlloomError, type Tokenizer } from '@rlloom/spec';
import { z } from 'zod';
import { readJsonFile, readTextFile } from '../checkpoint/model-files.ts';
import { withGenerationConfig } from '../config/generation-config.ts';
import { createChatTemplate } from './chat-template.ts';
import { createHuggingFaceTokenizer, type HuggingFaceTokenizer } from './hugging-face-tokenizer.ts';

const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const configSchema = z.looseObject({
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
});

/**
 * Reads the tokenizer of a Hugging Face folder: tokenizer.json, tokenizer_config.json, special_tokens_map.json,
 * chat_template.jinja, and the end tokens of generation_config.json. Without a pad token, padding uses the end token.
 *
 * @throws RlloomError kind `model` when a file is missing or not valid
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const definition = await readJsonFile(directory, 'tokenizer.json');
  if (definition === undefined) throw await missingTokenizer(directory);
  const configs = [
    await readJsonFile(directory, 'special_tokens_map.json'),
    await readJsonFile(directory, 'tokenizer_config.json'),
  ];
  const where = join(directory, 'tokenizer_config.json');
  const parsed = configSchema.safeParse(Object.assign({}, ...configs));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new RlloomError('model', {
      what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
      where,
      fix: 'download or copy the file again',
    });
  }
  const config = parsed.data;
  const inner = open(definition, config, join(directory, 'tokenizer.json'));
  const idOf = (text: string | null | undefined) => (text == null ? undefined : inner.token_to_id(text));
  const eosTokenIds = await endTokens(directory, idOf(config.eos_token));
  const chat = createChatTemplate({
    template: (await readTextFile(directory, 'chat_template.jinja')) ?? config.chat_template ?? undefined,
    specialTokens: {
      bos_token: config.bos_token,
      eos_token: config.eos_token,
      pad_token: config.pad_token,
      unk_token: config.unk_token,
    },
    where: directory,
  });
  const encode: Tokenizer['encode'] = (text, options = {}) =>
    Int32Array.from(inner.encode(text, { add_special_tokens: options.addSpecialTokens ?? true }).ids);
  const decode: Tokenizer['decode'] = (tokens, options = {}) => {
    // A model may have more ids than its tokenizer; transformers drops them too.
    const known = Array.from(tokens).filter((id) => inner.id_to_token(id) !== undefined);
    return known.length === 0 ? '' : inner.decode(known, { skip_special_tokens: options.skipSpecialTokens ?? false });
  };
  return {
    vocabularySize: Math.max(...inner.get_vocab(true).values()) + 1,
    padTokenId: idOf(config.pad_token) ?? eosTokenIds[0] ?? 0,
    eosTokenIds,
    encode,
    decode,
    tokenText: (id) => (inner.id_to_token(id) === undefined ? `<no token ${id}>` : decode([id])),
    hasChatTemplate: chat.exists,
    renderChat: (messages, options) => chat.render(messages, options),
    encodeChat: (messages, options) => encode(chat.render(messages, options), { addSpecialTokens: false }),
  };
}

function open(definition: unknown, config: object, where: string): HuggingFaceTokenizer {
  try {
    // transformers 5 leaves spaces as they are unless the file says otherwise.
    return createHuggingFaceTokenizer(definition, { clean_up_tokenization_spaces: false, ...config });
  } catch (error) {
    throw new RlloomError('model', {
      what: `the tokenizer cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      where,
      fix: 'download or copy the file again; if it is intact, its kind is not supported',
      cause: error,
    });
  }
}

async function endTokens(directory: string, fromTokenizer: number | undefined): Promise<readonly number[]> {
  const own = fromTokenizer === undefined ? [] : [fromTokenizer];
  const { eosTokenIds } = withGenerationConfig(
    { bosTokenId: null, eosTokenIds: own, padTokenId: null },
    await readJsonFile(directory, 'generation_config.json'),
  );
  return eosTokenIds;
}

async function missingTokenizer(directory: string): Promise<RlloomError> {
  const isOld =
    (await readTextFile(directory, 'tokenizer.model')) !== undefined ||
    (await readTextFile(directory, 'vocab.json')) !== undefined;
  return new RlloomError('model', {
    what: 'the file is missing',
    where: join(directory, 'tokenizer.json'),
    fix: isOld
      ? 'the folder has a tokenizer in an older form: AutoTokenizer.from_pretrained(folder).save_pretrained(folder) of transformers adds tokenizer.json'
      : 'copy tokenizer.json and tokenizer_config.json from the original model',
  });
}
