import { join } from 'node:path';
import { writeFolder, writeJson, writeText } from '../checkpoint/write-folder.ts';
import { writeShard } from '../checkpoint/write-safetensors.ts';
import { readTokenizerFiles } from '../tokenizer/tokenizer-files.ts';
import { adapterConfigJson } from './adapter-config-file.ts';
import { adapterConfigName, adapterWeightsName, peftPrefix } from './adapter-files.ts';
import type { LoraAdapter } from './lora-adapter.ts';
import type { LoraConfig } from './lora-config.ts';

/** Options of {@link saveAdapter}. */
export interface SaveAdapterOptions {
  /** Folder or name of the model, which PEFT looks for. Default: what the adapter's configuration says. */
  readonly baseModel?: string;
  /** Number type of the tensors in the file. Default `float32`; the others round. */
  readonly dtype?: 'float32' | 'bfloat16' | 'float16';
  /** A model folder whose tokenizer files are copied, as PEFT's trainers do. Default: none. */
  readonly tokenizerFrom?: string;
  /**
   * Says the same in words that servers read too: modules by name, and the scaling of rsLoRA as an alpha. Not for
   * ranks or alphas by pattern. Default false.
   */
  readonly forServers?: boolean;
}

const elementTypes = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const;

/**
 * Writes an adapter as a folder that PEFT opens: adapter_config.json and adapter_model.safetensors. A new folder appears
 * complete or not at all; in one that exists, its files are replaced and others stay.
 *
 * @throws RlloomError kind `storage` when the disk is full or the folder cannot be written; what was there is intact
 */
export async function saveAdapter(
  adapter: LoraAdapter,
  directory: string,
  options: SaveAdapterOptions = {},
): Promise<void> {
  const { baseModel = adapter.config.baseModel, dtype = 'float32', tokenizerFrom, forServers = false } = options;
  const config = forServers ? servedConfig(adapter) : adapter.config;
  const tokenizer = tokenizerFrom === undefined ? {} : await readTokenizerFiles(tokenizerFrom);
  const stored = Object.entries(adapter.parameters).map(([name, tensor]) => [peftPrefix + name, tensor] as const);
  await writeFolder(directory, async (temporary) => {
    await writeJson(join(temporary, adapterConfigName), adapterConfigJson({ ...config, baseModel }));
    await writeShard(join(temporary, adapterWeightsName), {
      parameters: Object.fromEntries(stored),
      names: stored.map(([name]) => name),
      elementType: elementTypes[dtype],
    });
    for (const [name, text] of Object.entries(tokenizer)) await writeText(join(temporary, name), text);
  });
}

function servedConfig({ config, modules }: LoraAdapter): LoraConfig {
  const { targetModules, useRslora, alpha, rank } = config;
  return {
    ...config,
    useRslora: false,
    alpha: useRslora ? alpha * Math.sqrt(rank) : alpha,
    targetModules:
      typeof targetModules === 'string'
        ? [...new Set(modules.map(({ path }) => path.slice(path.lastIndexOf('.') + 1)))]
        : targetModules,
  };
}
