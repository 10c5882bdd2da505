import { access, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadTokenizer } from '@rlloom/models';
import type { Tokenizer } from '@rlloom/spec';

/**
 * The tokenizer that wrote a trajectory file: of the folder given, else of the finished model or the newest
 * checkpoint of the run the file lies in.
 *
 * @returns `undefined` where none is found beside the file
 * @throws RlloomError `model` when the folder given has none
 */
export async function findTokenizer(trajectoryFile: string, model: string | undefined): Promise<Tokenizer | undefined> {
  if (model !== undefined) return loadTokenizer(model);
  const run = dirname(trajectoryFile);
  const checkpoints = await readdir(join(run, 'checkpoints')).catch(() => []);
  const candidates = [
    join(run, 'model'),
    ...checkpoints
      .sort()
      .reverse()
      .map((name) => join(run, 'checkpoints', name, 'model')),
  ];
  for (const directory of candidates) {
    if (await exists(join(directory, 'tokenizer.json'))) return loadTokenizer(directory);
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
