import { adapterConfigName } from '../adapters/adapter-files.ts';
import { CausalLanguageModel } from '../causal-language-model.ts';
import { roundToBfloat16 } from '../checkpoint/element-types.ts';
import { loadModel } from '../checkpoint/load-model.ts';
import { readJsonFile } from '../checkpoint/model-files.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { parseModelConfig } from '../config/parse-model-config.ts';
import { families, isModelType } from '../families/families.ts';
import { loadTokenizer } from '../tokenizer/load-tokenizer.ts';
import { type AdapterFixture, checkAdapterFolder } from './check-adapter-folder.ts';
import { checkForward, type ForwardFixture } from './check-forward.ts';
import { checkGeneration, type GenerationFixtures } from './check-generation.ts';
import { checkGradients, type LossFixture } from './check-gradients.ts';
import { checkScoringFolder, isScoringArchitecture, type ScoringFixture } from './check-scoring-folder.ts';
import { checkTokenizer, type TokenizerFixture } from './check-tokenizer.ts';
import { compareExactly, type ConformanceResult, skipped } from './conformance-result.ts';

type Batches = Readonly<Record<'single' | 'left_padded' | 'right_padded', ForwardFixture>>;
type ModelFixture = Batches & GenerationFixtures & { readonly causal_lm_loss: LossFixture };
type ConfigJson = Readonly<{
  model_type?: string;
  architectures?: readonly string[];
  torch_dtype?: string;
  dtype?: string;
}>;

/**
 * Compares a model folder with what Python peers computed: `expected.json` (logits, log-probs, entropies, greedy
 * continuations, loss and gradients) and `tokenizer_expected.json`, on the active backend. Any seed and shape will do.
 *
 * A folder stored in bfloat16 is compared with the rotary frequencies as they are, or rounded to bfloat16, whichever
 * is closer: `module.to(torch.bfloat16)` rounds them along with the weights, `from_pretrained` does not.
 *
 * A folder with adapter_config.json is an adapter; its model is where the file says, relative to the folder.
 *
 * @returns one result per comparison; `skipped` for model families and heads that are not built
 * @throws RlloomError kind `model` when the folder cannot be read
 */
export async function checkModelFolder(directory: string): Promise<ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  const tokenizerFixture = await readJsonFile(directory, 'tokenizer_expected.json');
  if (tokenizerFixture !== undefined) {
    results.push(...checkTokenizer(await loadTokenizer(directory), tokenizerFixture as TokenizerFixture));
  }
  const fixture = await readJsonFile(directory, 'expected.json');
  const adapter = await readJsonFile(directory, adapterConfigName);
  if (adapter !== undefined && fixture !== undefined) {
    return [...results, ...(await checkAdapterFolder(directory, fixture as AdapterFixture))];
  }
  const json = ((await readJsonFile(directory, 'config.json')) ?? {}) as ConfigJson;
  const obstacle = fixture === undefined ? 'there is no expected.json' : obstacleIn(json);
  if (obstacle !== undefined) return [...results, skipped('model', obstacle)];
  if (isScoringArchitecture(json.architectures)) {
    const scores = await checkScoringFolder(directory, fixture as ScoringFixture);
    return [...results, ...(await checkConfigs(directory, json)), ...scores];
  }
  return [
    ...results,
    ...(await checkConfigs(directory, json)),
    ...(await checkModel(directory, json, fixture as ModelFixture)),
  ];
}

function obstacleIn({ model_type: modelType, architectures }: ConfigJson): string | undefined {
  if (modelType === undefined) return 'there is no config.json';
  if (!isModelType(modelType)) return `model_type ${modelType} is not built`;
  if (isScoringArchitecture(architectures)) return undefined;
  const { architecture } = families[modelType];
  return architectures?.includes(architecture) === false ? `${architectures.join()} is not built` : undefined;
}

async function checkConfigs(directory: string, json: ConfigJson): Promise<ConformanceResult[]> {
  const newer = await readJsonFile(directory, 'config.v5.json');
  if (newer === undefined) return [];
  return [compareExactly('config.v5', parseModelConfig(newer), parseModelConfig(json))];
}

async function checkModel(directory: string, json: ConfigJson, fixture: ModelFixture): Promise<ConformanceResult[]> {
  const loaded = await loadModel(directory);
  let model = loaded;
  try {
    if ((json.torch_dtype ?? json.dtype) === 'bfloat16') model = await closest(loaded, fixture.single);
    const batchOf = (name: string) => fixture[name as keyof Batches];
    return [
      ...(await checkForward('single', model, fixture.single)),
      ...(await checkForward('left_padded', model, fixture.left_padded)),
      ...(await checkForward('right_padded', model, fixture.right_padded)),
      ...(await checkGeneration(model, fixture, batchOf(fixture.greedy.prompt))),
      ...(await checkGradients(model, fixture.causal_lm_loss, batchOf(fixture.causal_lm_loss.input))),
    ];
  } finally {
    model.dispose();
    loaded.dispose();
  }
}

// The two share their parameters until one of them makes a program.
async function closest(loaded: CausalLanguageModel, batch: ForwardFixture): Promise<CausalLanguageModel> {
  const config: ModelConfig = {
    ...loaded.config,
    rotaries: loaded.config.rotaries.map((rotary) => ({
      ...rotary,
      frequencies: rotary.frequencies.map(roundToBfloat16),
    })),
  };
  const rounded = new CausalLanguageModel(config, loaded.parameters);
  const error = async (model: CausalLanguageModel) =>
    Math.max(...(await checkForward('single', model, batch)).map(({ maxError }) => maxError));
  return (await error(rounded)) < (await error(loaded)) ? rounded : loaded;
}
