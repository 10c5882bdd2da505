import { tensorOf } from '@rlloom/tensor';
import { loadAdapter } from '../adapters/load-adapter.ts';
import type { AdaptedModule } from '../adapters/adapter-shapes.ts';
import type { LoraAdapter } from '../adapters/lora-adapter.ts';
import type { ModelConfig } from '../config/model-config.ts';
import { ggufArchitecture } from './gguf-architecture.ts';
import type { GgufDtype } from './gguf-elements.ts';
import { type GgufTensor, writeGgufFile } from './gguf-file.ts';
import { gguf, notInGguf } from './gguf-metadata.ts';
import { ggufPath, withNeighbours } from './gguf-tensors.ts';

/** Options of {@link saveAdapterGguf}. */
export interface SaveAdapterGgufOptions {
  /** Configuration of the model that it adapts. */
  readonly model: ModelConfig;
  /** Number type of the matrices. Default `f32`. */
  readonly dtype?: GgufDtype;
}

/**
 * Writes a LoRA adapter as a GGUF file, which llama.cpp puts on top of the file of its model. It appears complete or not
 * at all.
 *
 * @param source an adapter in memory, or a folder of PEFT's format
 * @throws RlloomError kind `model` for DoRA, modules that are stored whole, or adapted experts; kind `storage` when the
 * file cannot be written; what `loadAdapter` throws for a folder
 */
export async function saveAdapterGguf(
  source: LoraAdapter | string,
  path: string,
  { model: config, dtype = 'f32' }: SaveAdapterGgufOptions,
): Promise<void> {
  const adapter = typeof source === 'string' ? await loadAdapter({ config, parameters: {} }, source) : source;
  try {
    await writeAdapter(config, adapter, { path, dtype });
  } finally {
    if (typeof source === 'string') adapter.dispose();
  }
}

async function writeAdapter(
  config: ModelConfig,
  adapter: LoraAdapter,
  { path, dtype }: { readonly path: string; readonly dtype: GgufDtype },
): Promise<void> {
  const architecture = ggufArchitecture(config);
  checkKind(config, adapter);
  const { alpha } = adapter.config;
  await writeGgufFile(path, {
    dtype,
    metadata: new Map([
      ['general.architecture', gguf.string(architecture.name)],
      ['general.type', gguf.string('adapter')],
      ['adapter.type', gguf.string('lora')],
      ['adapter.lora.alpha', gguf.float32(alpha)],
    ]),
    tensors: adapter.modules.flatMap((module) =>
      matricesOf(module, { config, adapter, rotatesNeighbours: architecture.rotatesNeighbours }),
    ),
  });
}

interface AdapterContext {
  readonly config: ModelConfig;
  readonly adapter: LoraAdapter;
  readonly rotatesNeighbours: boolean;
}

function matricesOf(module: AdaptedModule, { config, adapter, rotatesNeighbours }: AdapterContext): GgufTensor[] {
  const { path, rank, scaling, inputSize, outputSize } = module;
  const name = `${ggufPath(config, path)}.weight`;
  const read = (end: string) => tensorOf(adapter.parameters, `${path}.${end}.weight`).data<'float32'>();
  // llama.cpp multiplies by alpha / rank, the same alpha everywhere.
  const factor = (scaling * rank) / adapter.config.alpha;
  return [
    { name: `${name}.lora_a`, shape: [rank, inputSize], values: () => read('lora_A') },
    {
      name: `${name}.lora_b`,
      shape: [outputSize, rank],
      async values() {
        const values = await read('lora_B');
        const scaled = Math.abs(factor - 1) < 1e-12 ? values : values.map((value) => value * factor);
        return rotatesNeighbours ? withNeighbours(config, path, scaled) : scaled;
      },
    },
  ];
}

function checkKind({ experts, names }: ModelConfig, { config, modules }: LoraAdapter): void {
  const isExpert = ({ path }: AdaptedModule) => experts !== null && path.includes(`.${experts.module}.`);
  const what = config.useDora
    ? 'the adapter uses DoRA'
    : config.modulesToSave.length > 0
      ? `the adapter stores ${config.modulesToSave.join(', ')} whole`
      : modules.some(isExpert)
        ? `the adapter changes experts, ${names.layers}.*.${experts?.module ?? ''}`
        : undefined;
  if (what === undefined) return;
  throw notInGguf(
    `${what}, which a GGUF adapter cannot`,
    'merge it with mergeAdapter and write the whole model with saveGguf',
  );
}
