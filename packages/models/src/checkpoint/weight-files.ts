import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { readJsonFile } from './model-files.ts';

/** The name of the weight file of a model in one file. */
export const singleFileName = 'model.safetensors';

/** The name of the index of a model in several weight files. */
export const indexFileName = 'model.safetensors.index.json';

const indexSchema = z.looseObject({ weight_map: z.record(z.string(), z.string().regex(/^[^\\/]+$/)) });

/**
 * Finds the weight files of a model folder: `model.safetensors`, else the shards of `model.safetensors.index.json`.
 *
 * @returns file names, each once
 * @throws RlloomError kind `model` when there are none, or the index is not valid
 */
export async function findWeightFiles(directory: string): Promise<string[]> {
  const names = await listFolder(directory);
  if (names.includes(singleFileName)) return [singleFileName];
  const index = await readJsonFile(directory, indexFileName);
  if (index !== undefined) return shardsOf(index, join(directory, indexFileName));
  const pickled = names.find((name) => /\.(bin|pt|pth)$/.test(name));
  throw new RlloomError('model', {
    what: `the folder has neither ${singleFileName} nor ${indexFileName}`,
    where: directory,
    fix:
      pickled === undefined
        ? 'download the weights of the model'
        : `convert ${pickled} to safetensors: save_pretrained of transformers does it`,
  });
}

function shardsOf(index: unknown, where: string): string[] {
  const parsed = indexSchema.safeParse(index);
  if (parsed.success) return [...new Set(Object.values(parsed.data.weight_map))].sort();
  throw new RlloomError('model', {
    what: 'the index has no valid weight_map',
    where,
    fix: 'download or copy the file again',
  });
}

async function listFolder(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    throw new RlloomError('model', {
      what: 'the model folder cannot be read',
      where: directory,
      fix: 'give the path of a folder with config.json, *.safetensors and tokenizer.json',
      cause: error,
    });
  }
}
