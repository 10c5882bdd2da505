import { RlloomError } from '@rlloom/spec';
import type { ModelConfig } from '../config/model-config.ts';
import { parameterShapes } from '../decoder/parameter-shapes.ts';
import type { LoraConfig, ModuleSelection } from './lora-config.ts';
import { matchesEnd, matchesWhole } from './module-patterns.ts';

/** A matrix that an adapter changes. */
export interface AdaptedModule {
  /** Its path: `model.layers.0.self_attn.q_proj`. */
  readonly path: string;
  readonly rank: number;
  /** What its change is multiplied by. */
  readonly scaling: number;
  /** Rows of the matrix. */
  readonly outputSize: number;
  /** Columns of the matrix. */
  readonly inputSize: number;
}

/** What an adapter consists of for one model. */
export interface AdapterShapes {
  readonly modules: readonly AdaptedModule[];
  /** Parameters of the model that the adapter has a version of its own of. */
  readonly replaced: readonly string[];
  /** Name and shape of every tensor of the adapter, in the order of the model's parameters. */
  readonly tensors: ReadonlyMap<string, readonly number[]>;
}

/**
 * The tensors of an adapter for a model: `lora_A.weight` `[rank, in]` and `lora_B.weight` `[out, rank]` of each changed
 * matrix, `lora_magnitude_vector` `[out]` with DoRA, and the parameters of `modulesToSave` under their own names.
 *
 * @throws RlloomError kind `model` when it changes nothing, or a matrix that cannot be changed
 */
export function adapterShapes(model: ModelConfig, lora: LoraConfig): AdapterShapes {
  const shapes = parameterShapes(model);
  const beside = [model.names.embedding, model.embedding.positions, model.names.output];
  const replaced = [...shapes.keys()].filter((name) => isReplaced(moduleOf(name), lora));
  const modules: AdaptedModule[] = [];
  const tensors = new Map<string, readonly number[]>();
  for (const [name, shape] of shapes) {
    if (replaced.includes(name)) tensors.set(name, shape);
    const path = moduleOf(name);
    const isMatrix = shape.length === 2 && !beside.includes(path);
    if (!name.endsWith('.weight') || !isTarget(path, lora, isMatrix)) continue;
    if (!isMatrix) throw cannotAdapt(path);
    const [first, second] = shape as [number, number];
    const [outputSize, inputSize] = model.storesInputFirst ? [second, first] : [first, second];
    const rank = ofPattern(lora.rankPattern, path) ?? lora.rank;
    const alpha = ofPattern(lora.alphaPattern, path) ?? lora.alpha;
    modules.push({ path, rank, scaling: alpha / (lora.useRslora ? Math.sqrt(rank) : rank), outputSize, inputSize });
    tensors.set(`${path}.lora_A.weight`, [rank, inputSize]);
    tensors.set(`${path}.lora_B.weight`, [outputSize, rank]);
    if (lora.useDora) tensors.set(`${path}.lora_magnitude_vector`, [outputSize]);
  }
  checkParts(model, lora, { modules, replaced });
  return { modules, replaced, tensors };
}

function isTarget(path: string, lora: LoraConfig, isMatrix: boolean): boolean {
  if (selects(lora.excludeModules, path) || isReplaced(path, lora)) return false;
  if (lora.targetModules === 'all-linear') return isMatrix;
  if (!selects(lora.targetModules, path)) return false;
  if (lora.layers === null || typeof lora.targetModules === 'string') return true;
  const number = /^.*?\.[^.]*\.(\d+)\./.exec(path)?.[1];
  return number !== undefined && lora.layers.includes(Number(number));
}

function isReplaced(path: string, { modulesToSave }: LoraConfig): boolean {
  return modulesToSave.some((module) => isWithin(module, path));
}

// As PEFT finds them: by the end of a module's name, so `norm` is input_layernorm as well.
function isWithin(module: string, path: string): boolean {
  return `${path}.`.includes(`${module}.`);
}

function selects(selection: ModuleSelection | null, path: string): boolean {
  if (selection === null) return false;
  if (typeof selection === 'string') return matchesWhole(selection, path);
  return selection.some((end) => path === end || path.endsWith(`.${end}`));
}

function ofPattern(patterns: Readonly<Record<string, number>>, path: string): number | undefined {
  return Object.entries(patterns).find(([pattern]) => matchesEnd(pattern, path))?.[1];
}

function moduleOf(parameter: string): string {
  return parameter.slice(0, parameter.lastIndexOf('.'));
}

function checkParts(
  model: ModelConfig,
  lora: LoraConfig,
  { modules, replaced }: Pick<AdapterShapes, 'modules' | 'replaced'>,
): void {
  if (modules.length === 0) {
    throw new RlloomError('model', {
      what: `no matrix of the ${model.modelType} model is among ${JSON.stringify(lora.targetModules)}`,
      where: 'target_modules',
      fix: 'name matrices of its layers, such as q_proj and v_proj, or all-linear',
    });
  }
  const missing = lora.modulesToSave.find((module) => !replaced.some((name) => isWithin(module, moduleOf(name))));
  if (missing !== undefined) {
    throw new RlloomError('model', {
      what: `the ${model.modelType} model has no parameters in a module "${missing}"`,
      where: 'modules_to_save',
      fix: 'name modules of the model, such as input_layernorm',
    });
  }
  // PEFT copies one of the two and leaves the other: they would not be one matrix any more.
  if (model.tieWordEmbeddings && replaced.includes(`${model.names.embedding}.weight`)) {
    throw new RlloomError('model', {
      what: 'the embedding of this model is its output layer as well; training one of the two is not implemented',
      where: 'modules_to_save',
      fix: 'leave out embed_tokens, or take a model with an output layer of its own',
    });
  }
}

function cannotAdapt(path: string): RlloomError {
  return new RlloomError('model', {
    what: `${path} is not a matrix of a layer; a low-rank change of it is not implemented`,
    where: 'target_modules',
    fix: 'leave it out, or list it in modules_to_save to train it whole',
  });
}
