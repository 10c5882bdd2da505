import { RlloomError } from '@rlloom/spec';
import type * as nodeLlamaCpp from 'node-llama-cpp';
import type { LlamaCppConfig } from './llama-cpp.config.ts';

/** llama.cpp in this process, and what it said of late. */
export interface LoadedLlama {
  readonly llama: nodeLlamaCpp.Llama;
  /** Its last errors, for errors of ours. */
  lastWords(): string;
}

type Gpu = LlamaCppConfig['gpu'];

// One per kind of machine, for the life of the process: freeing one frees the library below all of them.
const loaded = new Map<Gpu, Promise<LoadedLlama>>();

/**
 * Loads the prebuilt llama.cpp of `node-llama-cpp`, once. Nothing is downloaded or compiled.
 *
 * @throws RlloomError kind `config` when the package or a binary for this machine is missing
 */
export async function loadLlama({ gpu }: { readonly gpu: Gpu }): Promise<LoadedLlama> {
  const before = loaded.get(gpu);
  if (before !== undefined) return before;
  const loading = load(gpu);
  loaded.set(gpu, loading);
  // What was missing may be there next time.
  loading.catch(() => loaded.delete(gpu));
  return loading;
}

async function load(gpu: Gpu): Promise<LoadedLlama> {
  const { getLlama, LlamaLogLevel } = await importPackage();
  const words: string[] = [];
  try {
    const llama = await getLlama({
      gpu: gpu === 'none' ? false : gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: LlamaLogLevel.error,
      logger: (_, message) => {
        words.push(message.trim());
        if (words.length > 4) words.shift();
      },
    });
    return { llama, lastWords: () => words.join(' ') };
  } catch (error) {
    throw new RlloomError('config', {
      what: `node-llama-cpp has no prebuilt llama.cpp for this machine${gpu === 'none' ? '' : ` with gpu ${gpu}`}`,
      where: 'rollouts by llama.cpp',
      fix: 'install its optional packages, for example @node-llama-cpp/linux-x64, or take gpu: none',
      cause: error,
    });
  }
}

async function importPackage(): Promise<typeof nodeLlamaCpp> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    throw new RlloomError('config', {
      what: 'the package node-llama-cpp is not installed',
      where: 'rollouts by llama.cpp',
      fix: 'npm install --ignore-scripts node-llama-cpp@3.22.1',
      cause: error,
    });
  }
}
