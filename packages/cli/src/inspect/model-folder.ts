import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findWeightFiles, loadTokenizer, type ModelConfig, openSafetensors, parseModelConfig } from '@rlloom/models';
import { isRlloomError, RlloomError } from '@rlloom/spec';
import { formatBytes, formatCount } from '../format/quantities.ts';
import { formatSections, type Section } from '../format/sections.ts';
import { loraRank, type ModelSize, modelMemory } from './model-memory.ts';

/** What is in a Hugging Face model folder, whether we can run it, and what memory that takes. Loads no weights. */
export async function inspectModelFolder(directory: string): Promise<string[]> {
  const json = await readConfig(join(directory, 'config.json'));
  const weights = await weightFacts(directory);
  const supported = configOrReason(json, join(directory, 'config.json'));
  return formatSections([
    {
      title: directory,
      rows: [
        ['family', familyRow(json)],
        ['rlloom can run it', supported.reason],
      ],
    },
    weights.section,
    ...(supported.config === undefined ? [] : shapeSections(supported.config, weights.size)),
    await tokenizerSection(directory),
  ]);
}

function configOrReason(json: unknown, where: string): { readonly config?: ModelConfig; readonly reason: string } {
  try {
    return { config: parseModelConfig(json, where), reason: 'yes' };
  } catch (error) {
    if (!isRlloomError(error)) throw error;
    return { reason: `no: ${error.what}` };
  }
}

function familyRow(json: Readonly<Record<string, unknown>>): string {
  const { architectures, model_type: family } = json;
  const architecture = Array.isArray(architectures) ? ` (${architectures.join(', ')})` : '';
  return `${typeof family === 'string' ? family : 'not said'}${architecture}`;
}

async function weightFacts(directory: string): Promise<{ readonly section: Section; readonly size: ModelSize }> {
  const files = await findWeightFiles(directory);
  const parametersByType = new Map<string, number>();
  const linearShapes: [number, number][] = [];
  let bytes = 0;
  for (const name of files) {
    bytes += (await stat(join(directory, name))).size;
    const file = await openSafetensors(join(directory, name));
    for (const [tensor, { dtype, shape }] of file.tensors) {
      const [out, into, ...more] = shape;
      const isLinear = tensor.endsWith('.weight') && /\.\d+\./.test(tensor) && more.length === 0;
      if (isLinear && out !== undefined && into !== undefined) linearShapes.push([out, into]);
      parametersByType.set(dtype, (parametersByType.get(dtype) ?? 0) + shape.reduce((a, b) => a * b, 1));
    }
    await file.close();
  }
  const parameters = [...parametersByType.values()].reduce((a, b) => a + b, 0);
  const types = [...parametersByType].map(([dtype, count]) =>
    parametersByType.size === 1 ? dtype : `${dtype} for ${formatCount(count)}`,
  );
  return {
    size: { parameters, linearShapes },
    section: {
      title: 'weights',
      rows: [
        ['files', `${files.length} (${formatBytes(bytes)})`],
        ['parameters', formatCount(parameters)],
        ['stored as', types.join(', ')],
      ],
    },
  };
}

function shapeSections(config: ModelConfig, size: ModelSize): Section[] {
  const memory = modelMemory(size, config);
  const heads = `${config.numAttentionHeads} heads of ${config.headDim}, ${config.numKeyValueHeads} for keys and values`;
  return [
    {
      title: 'shape',
      rows: [
        ['layers', `${config.numHiddenLayers} of width ${config.hiddenSize}, ${heads}`],
        ['vocabulary', formatCount(config.vocabularySize)],
        ['context length', `${formatCount(config.maxPositionEmbeddings)} tokens`],
        ['output layer', config.tieWordEmbeddings ? 'shared with the embedding' : 'its own'],
      ],
    },
    {
      title: 'memory, computed in float32',
      rows: [
        [
          'inference',
          `${formatBytes(memory.weights)}, and ${formatBytes(memory.cachePerSequence)} for each sequence of full length`,
        ],
        ['full training', `${formatBytes(memory.trainingState)} with gradient and Adam, and activations`],
        [
          'LoRA training',
          `${formatBytes(memory.loraTrainingState)} at rank ${loraRank} beside every linear layer, and activations`,
        ],
      ],
    },
  ];
}

async function tokenizerSection(directory: string): Promise<Section> {
  const names = await readdir(directory);
  if (!names.includes('tokenizer.json')) {
    return { title: 'tokenizer', rows: [['tokenizer.json', 'missing: the model cannot read or write text']] };
  }
  const tokenizer = await loadTokenizer(directory);
  const named = (id: number): string => `${id} ${JSON.stringify(tokenizer.tokenText(id))}`;
  return {
    title: 'tokenizer',
    rows: [
      ['tokens', formatCount(tokenizer.vocabularySize)],
      ['ends a generation', tokenizer.eosTokenIds.map(named).join(', ') || 'none'],
      ['pads', named(tokenizer.padTokenId)],
      ['chat template', tokenizer.hasChatTemplate ? 'yes' : 'no: use rollout.prompt_format=plain'],
    ],
  };
}

async function readConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (typeof json === 'object' && json !== null) return json as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new RlloomError('model', {
      what: 'the file is not readable JSON',
      where: path,
      fix: 'download or copy it again',
      cause: error,
    });
  }
  throw new RlloomError('model', { what: 'the file holds no object', where: path, fix: 'download or copy it again' });
}
