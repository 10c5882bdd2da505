import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { tf } from '@rlloom/tensor';
import { readJsonFile } from '../checkpoint/model-files.ts';
import { openSafetensors, type SafetensorsFile } from '../checkpoint/safetensors-file.ts';
import type { ModelWeights } from './adapt-parameters.ts';
import { parseAdapterConfig } from './adapter-config-file.ts';
import { adapterConfigName, adapterWeightsName, peftPrefix } from './adapter-files.ts';
import { adapterShapes } from './adapter-shapes.ts';
import { LoraAdapter } from './lora-adapter.ts';
import type { LoraConfig } from './lora-config.ts';

/**
 * Reads a LoRA adapter of PEFT's format for a model: adapter_config.json and adapter_model.safetensors. BF16 and F16
 * tensors become float32.
 *
 * @returns an adapter the caller owns (`dispose`); the model is as it was
 * @throws RlloomError kind `model` naming file and tensor: a missing or damaged file, another kind of adapter, an option
 * that is not implemented, tensors that do not fit the model
 */
export async function loadAdapter(model: ModelWeights, directory: string): Promise<LoraAdapter> {
  const config = await loadAdapterConfig(directory);
  const { tensors } = adapterShapes(model.config, config);
  const file = await openWeights(directory);
  const parameters: Record<string, tf.Tensor> = {};
  try {
    const extra = [...file.tensors.keys()].find((name) => !tensors.has(ownName(name)));
    if (extra !== undefined) throw misfit(file, extra, `a ${model.config.modelType} model with it has no such tensor`);
    for (const [name, shape] of tensors) {
      const stored = peftPrefix + name;
      const found = file.tensors.get(stored)?.shape;
      if (found === undefined) throw misfit(file, stored, 'the tensor is missing');
      if (!tf.util.arraysEqual([...found], [...shape])) {
        throw misfit(file, stored, `the shape is [${found.join(', ')}], expected [${shape.join(', ')}]`);
      }
      parameters[name] = tf.tensor(await file.read(stored), [...shape], 'float32');
    }
    return new LoraAdapter(model.config, config, parameters);
  } catch (error) {
    tf.dispose(parameters);
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Reads the configuration of an adapter of PEFT's format.
 *
 * @throws RlloomError kind `model` when it is missing, or not that of a LoRA adapter that can be read here
 */
export async function loadAdapterConfig(directory: string): Promise<LoraConfig> {
  const where = join(directory, adapterConfigName);
  const json = await readJsonFile(directory, adapterConfigName);
  if (json !== undefined) return parseAdapterConfig(json, where);
  throw new RlloomError('model', {
    what: 'the file is missing',
    where,
    fix: `give the folder of a PEFT adapter, with ${adapterConfigName} and ${adapterWeightsName}`,
  });
}

/** Whether a folder holds an adapter and no model. */
export async function isAdapterFolder(directory: string): Promise<boolean> {
  const names: string[] = await readdir(directory).catch(() => []);
  return names.includes(adapterConfigName) && !names.includes('config.json');
}

async function openWeights(directory: string): Promise<SafetensorsFile> {
  const names = await readdir(directory);
  if (!names.includes(adapterWeightsName) && names.includes('adapter_model.bin')) {
    throw new RlloomError('model', {
      what: 'the tensors are stored as a pickle, which is not read here',
      where: join(directory, 'adapter_model.bin'),
      fix: 'save the adapter as safetensors: save_pretrained of PEFT does it',
    });
  }
  return openSafetensors(join(directory, adapterWeightsName));
}

function ownName(stored: string): string {
  return stored.startsWith(peftPrefix) ? stored.slice(peftPrefix.length) : stored;
}

function misfit(file: SafetensorsFile, name: string, what: string): RlloomError {
  return new RlloomError('model', {
    what,
    where: `${file.path}: ${name}`,
    fix: `check that ${adapterConfigName} belongs to these weights, and both to this model`,
  });
}
