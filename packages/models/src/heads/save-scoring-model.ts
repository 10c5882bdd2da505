import type { SaveModelOptions } from '../checkpoint/save-model.ts';
import { saveParameters } from '../checkpoint/save-model.ts';
import { headArchitecture, headNameInFiles, type ScoreHead } from './score-head.ts';
import type { ScoringModel } from './scoring-model.ts';

/**
 * Writes a scoring model as a Hugging Face folder in the layout of its head: transformers opens it as
 * `AutoModelForTokenClassification` (values) or `AutoModelForSequenceClassification` (rewards), TRL as
 * `AutoModelForCausalLMWithValueHead`. transformers has no class of values for Gemma 3; save those for TRL. To score
 * several padded rows of rewards it needs `pad_token_id`.
 *
 * @throws RlloomError kind `storage` as `saveModel`
 */
export async function saveScoringModel(
  model: ScoringModel,
  directory: string,
  options: SaveModelOptions = {},
): Promise<void> {
  const { config, head } = model;
  const named = Object.entries(model.parameters).map(([name, tensor]) => [headNameInFiles(config, head, name), tensor]);
  await saveParameters(
    {
      config,
      parameters: Object.fromEntries(named) as ScoringModel['parameters'],
      architecture: headArchitecture(config, head),
      configKeys: labelKeys(config.otherKeys, head),
    },
    directory,
    options,
  );
}

// transformers counts the labels of a head by their names.
function labelKeys(known: Readonly<Record<string, unknown>>, head: ScoreHead): Record<string, unknown> {
  if (head.layout === 'trl') return {};
  const names = known['id2label'];
  if (typeof names === 'object' && names !== null && Object.keys(names).length === head.labels) return {};
  const labels = Array.from({ length: head.labels }, (_, label) => [String(label), `LABEL_${label}`] as const);
  return {
    id2label: Object.fromEntries(labels),
    label2id: Object.fromEntries(labels.map(([label, name]) => [name, Number(label)])),
  };
}
