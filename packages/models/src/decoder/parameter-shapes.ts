import type { LayerConfig, ModelConfig } from '../config/model-config.ts';

type Shape = readonly number[];

/**
 * Name and shape of every parameter, in the names of Hugging Face checkpoints. Matrices are `[out, in]`, or `[in, out]`
 * where the family stores them so. With tied embeddings there is no output layer among them.
 */
export function parameterShapes(config: ModelConfig): Map<string, Shape> {
  const { names, hiddenSize, vocabularySize } = config;
  const shapes = new Map<string, Shape>([[`${names.embedding}.weight`, [vocabularySize, hiddenSize]]]);
  const { positions } = config.embedding;
  if (positions !== null) shapes.set(`${positions}.weight`, [config.maxPositionEmbeddings, hiddenSize]);
  for (const [index, layer] of config.layers.entries()) {
    for (const [name, shape] of [...attentionShapes(config), ...feedForwardShapes(config, layer), ...norms(config)]) {
      shapes.set(`${names.layers}.${index}.${name}`, shape);
    }
  }
  for (const [name, shape] of normShapes(config, names.finalNorm, hiddenSize)) shapes.set(name, shape);
  if (!config.tieWordEmbeddings) shapes.set(`${names.output}.weight`, [vocabularySize, hiddenSize]);
  return shapes;
}

/** Whether a parameter is the weight of a norm, by its full name. */
export function isNormWeight(config: ModelConfig, name: string): boolean {
  const { names, attention } = config;
  if (name === `${names.finalNorm}.weight`) return true;
  const ofLayer = [...layerNorms(config), attention.headNorms?.query, attention.headNorms?.key];
  return name.startsWith(`${names.layers}.`) && ofLayer.some((norm) => name.endsWith(`.${norm}.weight`));
}

function attentionShapes(config: ModelConfig): [string, Shape][] {
  const { attention, hiddenSize, headDim } = config;
  const { projections, hasBias, headNorms } = attention;
  const queries = config.numAttentionHeads * headDim;
  const keys = config.numKeyValueHeads * headDim;
  const into: [string, number][] =
    'joined' in projections
      ? [[projections.joined, queries + 2 * keys]]
      : [
          [projections.query, queries],
          [projections.key, keys],
          [projections.value, keys],
        ];
  return [
    ...into.flatMap(([name, width]) =>
      linearShapes(config, name, { input: hiddenSize, output: width, hasBias: hasBias.projections }),
    ),
    ...linearShapes(config, attention.output, { input: queries, output: hiddenSize, hasBias: hasBias.output }),
    ...(headNorms === null
      ? []
      : [...normShapes(config, headNorms.query, headDim), ...normShapes(config, headNorms.key, headDim)]),
  ];
}

function feedForwardShapes(config: ModelConfig, { hasExperts }: LayerConfig): [string, Shape][] {
  const { experts, feedForward, hiddenSize, intermediateSize } = config;
  if (!hasExperts || experts === null) return ofModule(config, feedForward.module, intermediateSize);
  const { count, module } = experts;
  return [
    [`${experts.router}.weight`, [count, hiddenSize]],
    ...Array.from({ length: count }, (_, i) => ofModule(config, `${module}.${i}`, experts.intermediateSize)).flat(),
  ];
}

function ofModule(config: ModelConfig, module: string, width: number): [string, Shape][] {
  const { hiddenSize, feedForward } = config;
  const { layout, down, hasBias } = feedForward;
  const into: [string, number][] =
    layout.kind === 'joined'
      ? [[layout.gateAndUp, 2 * width]]
      : [...(layout.kind === 'gated' ? [layout.gate] : []), layout.up].map((name) => [name, width]);
  return [
    ...into.flatMap(([name, output]) =>
      linearShapes(config, `${module}.${name}`, { input: hiddenSize, output, hasBias }),
    ),
    ...linearShapes(config, `${module}.${down}`, { input: width, output: hiddenSize, hasBias }),
  ];
}

function norms(config: ModelConfig): [string, Shape][] {
  return layerNorms(config).flatMap((name) => normShapes(config, name, config.hiddenSize));
}

function layerNorms({ names }: ModelConfig): string[] {
  const all = [names.attentionNorm, names.attentionOutputNorm, names.feedForwardNorm, names.feedForwardOutputNorm];
  return all.filter((name) => name !== null);
}

function normShapes(config: ModelConfig, name: string, width: number): [string, Shape][] {
  return [
    [`${name}.weight`, [width]],
    ...(config.norm.kind === 'layer' ? [[`${name}.bias`, [width]] as [string, Shape]] : []),
  ];
}

function linearShapes(
  { storesInputFirst }: ModelConfig,
  name: string,
  { input, output, hasBias }: { readonly input: number; readonly output: number; readonly hasBias: boolean },
): [string, Shape][] {
  return [
    [`${name}.weight`, storesInputFirst ? [input, output] : [output, input]],
    ...(hasBias ? [[`${name}.bias`, [output]] as [string, Shape]] : []),
  ];
}
