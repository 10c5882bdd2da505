import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { characterTokenizerFiles } from '@rlloom/models';

/** The tokenizer of whole GRPO steps, and where the peer's script is made to believe it lies so that it finds it. */
export interface SharedTokenizer {
  readonly directory: string;
  readonly file: string;
}

/**
 * The tokenizer that the peer's script names beside itself, or else one of printable ASCII characters that is written
 * below `folder`.
 */
export async function sharedTokenizer(script: string, folder: string): Promise<SharedTokenizer> {
  const place = '../fixtures/models/public/qwen2';
  const theirs = resolve(dirname(script), place);
  if (existsSync(join(theirs, 'tokenizer.json'))) return { directory: theirs, file: resolve(script) };
  const file = join(folder, 'bench', 'peer_torch.py');
  const directory = resolve(dirname(file), place);
  await mkdir(directory, { recursive: true });
  // The way to it leads through the folder of the script.
  await mkdir(dirname(file), { recursive: true });
  const tokens = Array.from({ length: 0x7f - 0x20 }, (_, index) => String.fromCharCode(0x20 + index));
  for (const [name, text] of Object.entries(characterTokenizerFiles({ tokens }))) {
    await writeFile(join(directory, name), text);
  }
  return { directory, file };
}
