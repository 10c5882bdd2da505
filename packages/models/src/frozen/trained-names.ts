import { RlloomError } from '@rlloom/spec';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import type { ModelConfig } from '../config/model-config.ts';

/** Which parameters train; what any part says yes to. The rest is frozen. */
export interface TrainedSelection {
  /** A regular expression that matches somewhere in the name: `mlp\.`, `\.bias$`. */
  readonly pattern?: string | RegExp;
  /** The last so many layers. */
  readonly lastLayers?: number;
  /**
   * The output layer: `score` of a scoring model, else `lm_head`, which with tied embeddings is the embedding matrix too.
   */
  readonly head?: boolean;
}

/**
 * The test on parameter names that a policy takes as `trains`.
 *
 * @param model whose parameters they are; with an adapter, `{ config, parameters: adapter.parameters }`
 * @throws RlloomError kind `config` when nothing would train, or for a pattern or number of layers that cannot be
 * @example
 * ```ts
 * const config = parseModelConfig({
 *   model_type: 'qwen2', vocab_size: 8, hidden_size: 4, intermediate_size: 8,
 *   num_hidden_layers: 3, num_attention_heads: 2, num_key_value_heads: 1,
 * });
 * const model = createModel(config, { seed: 1 });
 * const trains = trainedNames(model, { lastLayers: 1, head: true });
 * trains('model.layers.1.mlp.up_proj.weight'); // => false
 * trains('model.layers.2.mlp.up_proj.weight'); // => true
 * trains('lm_head.weight'); // => true
 * ```
 */
export function trainedNames(model: ModelWeights, selection: TrainedSelection): (name: string) => boolean {
  const { numHiddenLayers } = model.config;
  const { lastLayers = 0, head = false } = selection;
  if (!(Number.isInteger(lastLayers) && lastLayers >= 0 && lastLayers <= numHiddenLayers)) {
    throw new RlloomError('config', {
      what: `the last ${lastLayers} layers cannot train: the model has ${numHiddenLayers}`,
      fix: `give a whole number up to ${numHiddenLayers}`,
    });
  }
  const names = Object.keys(model.parameters);
  const output = outputName(model.config, names);
  const pattern = selection.pattern === undefined ? undefined : expression(selection.pattern);
  const trains = (name: string): boolean =>
    pattern?.test(name) === true ||
    (head && name.startsWith(output)) ||
    layerOf(model.config, name) >= numHiddenLayers - lastLayers;
  if (!names.some(trains)) {
    throw new RlloomError('config', {
      what: `none of the ${names.length} parameters is selected to train by ${describe(selection)}`,
      fix: `select some by pattern, lastLayers or head; the first are called ${names.slice(0, 3).join(', ')}`,
    });
  }
  return trains;
}

function outputName({ names }: ModelConfig, parameters: readonly string[]): string {
  const output = `${names.output}.`;
  const found = ['score.', output].find((start) => parameters.some((name) => name.startsWith(start)));
  return found ?? `${names.embedding}.`;
}

/** The number of the layer a parameter is in; −1 outside of all. */
function layerOf({ names }: ModelConfig, name: string): number {
  const start = `${names.layers}.`;
  return name.startsWith(start) ? Number.parseInt(name.slice(start.length), 10) : -1;
}

// A state of its own (flags g and y) would make answers depend on those before.
function expression(pattern: string | RegExp): RegExp {
  try {
    return typeof pattern === 'string'
      ? new RegExp(pattern)
      : new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  } catch (error) {
    throw new RlloomError('config', {
      what: `"${String(pattern)}" is not a regular expression`,
      fix: 'write a pattern of JavaScript, e.g. mlp\\.|norm',
      cause: error,
    });
  }
}

function describe({ pattern, lastLayers, head }: TrainedSelection): string {
  const parts = [
    ...(pattern === undefined ? [] : [`pattern ${String(pattern)}`]),
    ...(lastLayers === undefined ? [] : [`the last ${lastLayers} layers`]),
    ...(head === true ? ['the head'] : []),
  ];
  return parts.length === 0 ? 'an empty selection' : parts.join(', ');
}
