import { join } from 'node:path';
import { RlloomError } from '@rlloom/spec';
import { describeModel, isRedundant, loadModelConfig } from '../checkpoint/load-model.ts';
import { readJsonFile } from '../checkpoint/model-files.ts';
import { readParameters, withWeightFiles } from '../checkpoint/read-parameters.ts';
import type { SafetensorsFile } from '../checkpoint/safetensors-file.ts';
import type { HubOptions } from '../hub/hub-options.ts';
import { resolveModelFolder } from '../hub/resolve-model-folder.ts';
import { headNameInFiles, type ScoreHead, scoringShapes } from './score-head.ts';
import { ScoringModel } from './scoring-model.ts';

/**
 * Reads a decoder with a value or reward head from a Hugging Face folder or the hub: one of `…ForTokenClassification` (a value
 * per token), one of `…ForSequenceClassification` (a reward per sequence), or one of TRL's
 * `AutoModelForCausalLMWithValueHead`. What it is, is seen from `architectures` of config.json and the tensors.
 *
 * @returns a model the caller owns (`dispose`)
 * @throws RlloomError kind `model` as `loadModel`, and when there is no head
 */
export async function loadScoringModel(idOrPath: string, options: HubOptions = {}): Promise<ScoringModel> {
  const directory = await resolveModelFolder(idOrPath, options);
  const config = await loadModelConfig(directory);
  const { architectures } = (await readJsonFile(directory, 'config.json')) as { architectures?: unknown };
  return withWeightFiles(directory, async (files) => {
    const head = findHead(files, Array.isArray(architectures) ? architectures.join() : '');
    if (head === undefined) throw noHead(directory);
    const parameters = await readParameters(files, {
      directory,
      shapes: scoringShapes(config, head),
      model: describeModel(config, `model with a ${head.kind} head`),
      isRedundant: (name) =>
        isRedundant(name, config) || (head.layout === 'transformers' && name === `${config.names.output}.weight`),
      nameInFiles: (name) => headNameInFiles(config, head, name),
    });
    return new ScoringModel(config, head, parameters);
  });
}

function findHead(files: readonly SafetensorsFile[], architectures: string): ScoreHead | undefined {
  const shapeOf = (name: string) => files.find(({ tensors }) => tensors.has(name))?.tensors.get(name)?.shape;
  for (const stem of ['v_head.summary', 'score', 'classifier']) {
    const shape = shapeOf(`${stem}.weight`);
    if (shape === undefined) continue;
    const bias = shapeOf(`${stem}.bias`) !== undefined;
    if (stem === 'v_head.summary') return { kind: 'value', labels: shape[0] ?? 1, bias, layout: 'trl' };
    return { kind: kindOf(architectures, bias), labels: shape[0] ?? 1, bias, layout: 'transformers' };
  }
  return undefined;
}

// Without a known class: the heads of transformers that speak of tokens have a bias, those of sequences have none.
function kindOf(architectures: string, bias: boolean): ScoreHead['kind'] {
  if (architectures.includes('ForTokenClassification')) return 'value';
  if (architectures.includes('ForSequenceClassification')) return 'reward';
  return bias ? 'value' : 'reward';
}

function noHead(directory: string): RlloomError {
  return new RlloomError('model', {
    what: 'no weight file has a value or reward head (score, classifier or v_head.summary)',
    where: join(directory, '*.safetensors'),
    fix: 'for a new head on this model: createScoringModel(await loadModel(directory), { kind, seed })',
  });
}
