import { parameterShapes } from '../decoder/parameter-shapes.ts';
import type { VisionLanguageConfig, VisionTowerConfig } from './vision-config.ts';

/**
 * Name and shape of every parameter: the vision tower below `visual.`, the decoder as a Qwen2 model names it. The names
 * are those of hub checkpoints; matrices are `[out, in]`.
 */
export function visionLanguageParameterShapes(config: VisionLanguageConfig): Map<string, readonly number[]> {
  return new Map([...visionTowerShapes(config.vision), ...parameterShapes(config.text)]);
}

function visionTowerShapes(config: VisionTowerConfig): Map<string, readonly number[]> {
  const { hiddenSize: hidden, intermediateSize: intermediate, patchSize } = config;
  const shapes = new Map<string, readonly number[]>();
  const linear = (name: string, output: number, input: number) => {
    shapes.set(`visual.${name}.weight`, [output, input]);
    shapes.set(`visual.${name}.bias`, [output]);
  };
  const patch = [config.channels, config.temporalPatchSize, patchSize, patchSize];
  shapes.set('visual.patch_embed.proj.weight', [hidden, ...patch]);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const at = (name: string) => `blocks.${layer}.${name}`;
    shapes.set(`visual.${at('norm1.weight')}`, [hidden]);
    shapes.set(`visual.${at('norm2.weight')}`, [hidden]);
    linear(at('attn.qkv'), 3 * hidden, hidden);
    linear(at('attn.proj'), hidden, hidden);
    linear(at('mlp.gate_proj'), intermediate, hidden);
    linear(at('mlp.up_proj'), intermediate, hidden);
    linear(at('mlp.down_proj'), hidden, intermediate);
  }
  const merged = hidden * config.mergeSize ** 2;
  shapes.set('visual.merger.ln_q.weight', [hidden]);
  linear('merger.mlp.0', merged, merged);
  linear('merger.mlp.2', config.outputSize, merged);
  return shapes;
}
