import type { ModelConfig } from '../config/model-config.ts';
import { isNormWeight, parameterShapes } from '../decoder/parameter-shapes.ts';
import type { GgufArchitecture } from './gguf-architecture.ts';
import type { GgufTensor } from './gguf-file.ts';

/** The parameters of a model, one at a time. */
export interface ParameterValues {
  readonly config: ModelConfig;
  /** The numbers of a parameter by its Hugging Face name. */
  read(name: string): Promise<Float32Array>;
}

/** The tensors of a model in the names and layouts of llama.cpp. */
export function ggufTensors(source: ParameterValues, architecture: GgufArchitecture): GgufTensor[] {
  const { config } = source;
  const tensors: GgufTensor[] = [];
  const { rotaryDivisors } = architecture;
  if (rotaryDivisors !== null) {
    tensors.push({ name: 'rope_freqs.weight', shape: [rotaryDivisors.length], values: async () => rotaryDivisors });
  }
  for (const [name, shape] of parameterShapes(config)) {
    if (expertOf(config, name) === undefined) tensors.push(plainTensor(source, architecture, { name, shape }));
  }
  for (const [name, members] of groupExperts(config)) tensors.push(expertTensor(source, name, members));
  return tensors;
}

interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

function plainTensor(source: ParameterValues, architecture: GgufArchitecture, { name, shape }: Parameter): GgufTensor {
  const { config } = source;
  const path = name.slice(0, name.lastIndexOf('.'));
  const kind = name.slice(name.lastIndexOf('.'));
  const isTransposed = config.storesInputFirst && shape.length === 2 && isLayerPath(config, path);
  const stored = `${ggufPath(config, path)}${kind}`;
  return {
    name: stored,
    shape: isTransposed ? shape.toReversed() : shape,
    exact: path === config.embedding.positions || stored.includes('ffn_gate_inp'),
    async values() {
      const values = await source.read(name);
      if (isTransposed) return transposed(values, shape[0] as number);
      if (config.norm.kind === 'rms-plus-one' && isNormWeight(config, name)) return values.map((value) => value + 1);
      return architecture.rotatesNeighbours ? withNeighbours(config, path, values) : values;
    },
  };
}

/** llama.cpp's path of a module: `blk.0.attn_q`. */
export function ggufPath(config: ModelConfig, path: string): string {
  const { names, embedding } = config;
  if (path === names.embedding) return 'token_embd';
  if (path === embedding.positions) return 'position_embd';
  if (path === names.finalNorm) return 'output_norm';
  if (path === names.output) return 'output';
  const [, number = '', module = ''] = layerPath(config).exec(path) ?? [];
  return `blk.${number}.${layerModules(config).get(module) ?? module}`;
}

/** Rows of queries and keys in the order of llama.cpp where it rotates neighbours, those of other modules as they are. */
export function withNeighbours(config: ModelConfig, path: string, values: Float32Array): Float32Array {
  const { projections } = config.attention;
  if ('joined' in projections) return values;
  const module = layerPath(config).exec(path)?.[2];
  const heads =
    module === projections.query
      ? config.numAttentionHeads
      : module === projections.key
        ? config.numKeyValueHeads
        : undefined;
  if (heads === undefined) return values;
  const half = config.headDim / 2;
  const rowLength = values.length / (heads * config.headDim);
  const result = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let pair = 0; pair < half; pair++) {
      for (const part of [0, 1]) {
        const from = (head * config.headDim + part * half + pair) * rowLength;
        const to = (head * config.headDim + 2 * pair + part) * rowLength;
        result.set(values.subarray(from, from + rowLength), to);
      }
    }
  }
  return result;
}

/** Whether a module belongs to a layer, by its path. */
function isLayerPath(config: ModelConfig, path: string): boolean {
  return layerPath(config).test(path);
}

function layerPath({ names }: ModelConfig): RegExp {
  return new RegExp(`^${names.layers.replaceAll('.', '\\.')}\\.(\\d+)\\.(.+)$`);
}

function layerModules(config: ModelConfig): ReadonlyMap<string, string> {
  const { names, attention, feedForward, experts } = config;
  const { projections, headNorms } = attention;
  const { module, layout } = feedForward;
  const modules: [string | null | undefined, string][] = [
    [names.attentionNorm, 'attn_norm'],
    [names.attentionOutputNorm, 'post_attention_norm'],
    [names.feedForwardNorm, 'ffn_norm'],
    [names.feedForwardOutputNorm, 'post_ffw_norm'],
    [attention.output, 'attn_output'],
    [headNorms?.query, 'attn_q_norm'],
    [headNorms?.key, 'attn_k_norm'],
    [experts?.router, 'ffn_gate_inp'],
    [`${module}.${feedForward.down}`, 'ffn_down'],
  ];
  if ('joined' in projections) modules.push([projections.joined, 'attn_qkv']);
  else modules.push([projections.query, 'attn_q'], [projections.key, 'attn_k'], [projections.value, 'attn_v']);
  // Gate and up in one matrix are called up.
  if (layout.kind === 'joined') modules.push([`${module}.${layout.gateAndUp}`, 'ffn_up']);
  else modules.push([`${module}.${layout.up}`, 'ffn_up']);
  if (layout.kind === 'gated') modules.push([`${module}.${layout.gate}`, 'ffn_gate']);
  return new Map(modules.flatMap(([name, stored]) => (name == null ? [] : [[name, stored]])));
}

function expertOf(config: ModelConfig, name: string): { readonly layer: string; readonly part: string } | undefined {
  const [, layer, module = ''] = layerPath(config).exec(name) ?? [];
  const before = `${config.experts?.module ?? ''}.`;
  if (config.experts === null || layer === undefined || !module.startsWith(before)) return undefined;
  const [, part] = /^\d+\.(.+)\.weight$/.exec(module.slice(before.length)) ?? [];
  return part === undefined ? undefined : { layer, part };
}

/** The matrices of a layer's experts that are one tensor in the file, by its name. */
function groupExperts(config: ModelConfig): ReadonlyMap<string, readonly Parameter[]> {
  const { layout, down } = config.feedForward;
  const parts = new Map([
    [down, 'down'],
    ...(layout.kind === 'gated'
      ? ([
          [layout.gate, 'gate'],
          [layout.up, 'up'],
        ] as const)
      : []),
  ]);
  const groups = new Map<string, Parameter[]>();
  for (const [name, shape] of parameterShapes(config)) {
    const expert = expertOf(config, name);
    if (expert === undefined) continue;
    const stored = `blk.${expert.layer}.ffn_${parts.get(expert.part) ?? expert.part}_exps.weight`;
    groups.set(stored, [...(groups.get(stored) ?? []), { name, shape }]);
  }
  return groups;
}

function expertTensor(source: ParameterValues, name: string, members: readonly Parameter[]): GgufTensor {
  const shape = members[0]?.shape ?? [];
  return {
    name,
    shape: [members.length, ...shape],
    async values() {
      const size = shape.reduce((a, b) => a * b, 1);
      const values = new Float32Array(members.length * size);
      for (const [index, member] of members.entries()) values.set(await source.read(member.name), index * size);
      return values;
    },
  };
}

function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = values[row * columns + column] as number;
    }
  }
  return result;
}
