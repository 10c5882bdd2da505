import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { readJsonFile, readTextFile } from '../checkpoint/model-files.ts';
import { withGenerationConfig } from '../config/generation-config.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import { resolveModelFolder } from '../hub/resolve-model-folder.ts';
import { createChatTemplate, type TemplateText } from './chat/chat-template.ts';
import { parseTokenizerDefinition } from './encoding/tokenizer-definition.ts';
import { createPretrainedTokenizer, type PretrainedTokenizer } from './pretrained-tokenizer.ts';

const token = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const configSchema = z.looseObject({
  bos_token: token,
  eos_token: token,
  pad_token: token,
  unk_token: token,
  sep_token: token,
  cls_token: token,
  mask_token: token,
  clean_up_tokenization_spaces: z.boolean().nullish(),
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
});

/** Options of {@link loadTokenizer}. */
export interface LoadTokenizerOptions extends HubOptions {
  /** Jinja text in place of the folder's chat template, or where it has none. */
  readonly chatTemplate?: string;
  /** The time that `strftime_now` of a template shows. Default: the clock. */
  readonly now?: () => Date;
}

/**
 * Reads the tokenizer of a Hugging Face folder, or of a model of the hub (`owner/name`, see `resolveModelFolder`):
 * tokenizer.json, tokenizer_config.json, special_tokens_map.json, chat_template.jinja, additional_chat_templates/*.jinja,
 * and the end tokens of generation_config.json. Without a pad token, padding uses the end token. `truncation` and
 * `padding` of tokenizer.json have no effect.
 *
 * @throws RlloomError kind `model` when a file is missing or not valid, or the tokenizer has a part of a kind that is
 * not supported
 */
export async function loadTokenizer(
  idOrPath: string,
  options: LoadTokenizerOptions = {},
): Promise<PretrainedTokenizer> {
  const directory = await resolveModelFolder(idOrPath, { ...options, contents: 'tokenizer' });
  const definition = await readJsonFile(directory, 'tokenizer.json');
  if (definition === undefined) throw await missingTokenizer(directory);
  const config = await readConfig(directory);
  const ends = await readJsonFile(directory, 'generation_config.json');
  const chat = createChatTemplate({
    template: options.chatTemplate ?? (await readTemplates(directory)) ?? config.chat_template ?? undefined,
    specialTokens: {
      bos_token: config.bos_token,
      eos_token: config.eos_token,
      pad_token: config.pad_token,
      unk_token: config.unk_token,
      sep_token: config.sep_token,
      cls_token: config.cls_token,
      mask_token: config.mask_token,
    },
    where: directory,
    now: options.now ?? (() => new Date()),
  });
  return createPretrainedTokenizer({
    definition: parseTokenizerDefinition(definition, join(directory, 'tokenizer.json')),
    chat,
    // transformers 5 leaves spaces as they are unless the file says otherwise.
    cleansUp: config.clean_up_tokenization_spaces ?? false,
    padToken: config.pad_token ?? undefined,
    eosTokenIds: (idOf) => endTokens(ends, config.eos_token == null ? undefined : idOf(config.eos_token)),
    where: directory,
  });
}

async function readConfig(directory: string): Promise<z.infer<typeof configSchema>> {
  const configs = [
    await readJsonFile(directory, 'special_tokens_map.json'),
    await readJsonFile(directory, 'tokenizer_config.json'),
  ];
  const parsed = configSchema.safeParse(Object.assign({}, ...configs));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RlloomError('model', {
    what: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`,
    where: join(directory, 'tokenizer_config.json'),
    fix: 'download or copy the file again',
    cause: parsed.error,
  });
}

// The files come before what tokenizer_config.json says, as in transformers.
async function readTemplates(directory: string): Promise<TemplateText | undefined> {
  const single = await readTextFile(directory, 'chat_template.jinja');
  const folder = join(directory, 'additional_chat_templates');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jinja')).sort();
  if (names.length === 0) return single;
  const others = await Promise.all(
    names.map(async (name) => ({
      name: name.slice(0, -'.jinja'.length),
      template: (await readTextFile(folder, name)) ?? '',
    })),
  );
  return single === undefined ? others : [{ name: 'default', template: single }, ...others];
}

function endTokens(generationConfig: unknown, fromTokenizer: number | undefined): readonly number[] {
  const own = fromTokenizer === undefined ? [] : [fromTokenizer];
  return withGenerationConfig({ bosTokenId: null, eosTokenIds: own, padTokenId: null }, generationConfig).eosTokenIds;
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
