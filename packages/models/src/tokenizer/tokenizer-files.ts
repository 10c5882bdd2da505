import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError, toStorageError } from '@rlloom/spec';
import writeFileAtomic from 'write-file-atomic';
import { readTextFile } from '../checkpoint/model-files.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import { resolveModelFolder } from '../hub/resolve-model-folder.ts';
import { type CharacterTokenizerOptions, characterTokenizerFiles } from './character-tokenizer.ts';
import { tokenizerFileNames } from './tokenizer-file-names.ts';

/** The files of a tokenizer by name, as text. */
export type TokenizerFiles = Readonly<Record<string, string>>;

/**
 * The tokenizer files of a model folder, or of a model of the hub, for copying them to another.
 *
 * @throws RlloomError kind `model` when there is no tokenizer.json
 */
export async function readTokenizerFiles(idOrPath: string, options: HubOptions = {}): Promise<TokenizerFiles> {
  const directory = await resolveModelFolder(idOrPath, { ...options, contents: 'tokenizer' });
  const files: Record<string, string> = {};
  for (const name of tokenizerFileNames) {
    const text = await readTextFile(directory, name);
    if (text !== undefined) files[name] = text;
  }
  if (files['tokenizer.json'] === undefined) {
    throw new RlloomError('model', {
      what: 'the folder has no tokenizer.json',
      where: directory,
      fix: 'copy it from the original model',
    });
  }
  return files;
}

/**
 * Makes a tokenizer of characters and short strings and writes it as a Hugging Face tokenizer, which `loadTokenizer`
 * and transformers' `AutoTokenizer` open. Each file is replaced atomically.
 *
 * @throws RlloomError kind `config` for a vocabulary with repeated or empty tokens, kind `storage` when the folder
 * cannot be written
 */
export async function writeTokenizerFiles(directory: string, options: CharacterTokenizerOptions): Promise<void> {
  const files = characterTokenizerFiles(options);
  try {
    await mkdir(directory, { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(directory, name), text);
  } catch (error) {
    throw toStorageError(error, directory);
  }
}
