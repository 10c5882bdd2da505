import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer, type LoadTokenizerOptions } from '../tokenizer/load-tokenizer.ts';
import type { PretrainedTokenizer } from '../tokenizer/pretrained-tokenizer.ts';
import type { TokenizerFiles } from '../tokenizer/tokenizer-files.ts';

/** The tokenizer that these files make. */
export async function tokenizerFromFiles(
  files: TokenizerFiles,
  options: LoadTokenizerOptions = {},
): Promise<PretrainedTokenizer> {
  const directory = await mkdtemp(join(tmpdir(), 'rlloom-tokenizer-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
    return await loadTokenizer(directory, options);
  } finally {
    await rm(directory, { recursive: true });
  }
}
