import { indexFileName, singleFileName } from '../checkpoint/weight-files.ts';
import { tokenizerFileNames } from '../tokenizer/tokenizer-file-names.ts';
import type { ModelContents } from './hub-cache.ts';

const tokenizerFiles = [...tokenizerFileNames, 'generation_config.json'] as const;

const modelFiles = ['config.json', 'preprocessor_config.json', ...tokenizerFiles] as const;

/** The files that are read here, apart from the shards that an index names. */
export function neededFiles(names: readonly string[], contents: ModelContents): string[] {
  const wanted = contents === 'tokenizer' ? tokenizerFiles : modelFiles;
  const small = [
    ...wanted.filter((name) => names.includes(name)),
    ...names.filter((name) => /^additional_chat_templates\/[\w.-]+\.jinja$/.test(name)),
  ];
  if (contents === 'tokenizer') return small;
  const weights = [singleFileName, indexFileName].find((name) => names.includes(name));
  return weights === undefined ? small : [...small, weights];
}
