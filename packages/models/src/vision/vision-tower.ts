import { type ParameterTree, tensorOf, tf } from '@rlloom/tensor';
import { linear } from '../decoder/linear.ts';
import { project } from '../decoder/project.ts';
import { rmsNorm } from '../decoder/rms-norm.ts';
import { scaleRotation } from '../decoder/rotary.ts';
import type { ImagePatches } from './image-grid.ts';
import { rotationOfAngles } from './rotation-of-angles.ts';
import { type AttentionSegments, visionAttention } from './vision-attention.ts';
import type { VisionTowerConfig } from './vision-config.ts';
import { type Segments, type VisionLayout, visionLayout } from './vision-layout.ts';

// N = patches, M = merged tokens, W = hidden size of the tower, H = hidden size of the decoder.

/**
 * The embeddings of images (Qwen2.5-VL, arXiv:2502.13923): patches through pre-norm layers whose attention stays in
 * windows but for a few layers, then each square of patches merged to one vector.
 *
 * @param parameters a tree with the `visual.` parameters
 * @returns `[M,H]`, image after image, row by row
 */
export function imageEmbeddings(
  config: VisionTowerConfig,
  parameters: ParameterTree,
  images: ImagePatches,
): tf.Tensor2D {
  const layout = visionLayout(config, images.grids);
  const patches = layout.order.length;
  return tf.tidy(() => {
    const given = tf.tensor2d(images.pixelValues, [patches, images.pixelValues.length / patches]);
    const kernel = tf.reshape<tf.Rank.R2>(tensorOf(parameters, 'visual.patch_embed.proj.weight'), [
      config.hiddenSize,
      given.shape[1],
    ]);
    let x = linear(tf.gather(given, tf.tensor1d(layout.order, 'int32')), kernel);
    const contexts = contextsOf(config, layout);
    for (const [index, layer] of layersOf(config, parameters).entries()) {
      const norm = (name: string) => rmsNorm(x, tensorOf(layer, `${name}.weight`), config.rmsNormEps);
      const context = config.fullAttentionLayers.includes(index) ? contexts.images : contexts.windows;
      x = tf.add(x, visionAttention(config, layer, { x: norm('norm1'), context }));
      x = tf.add(x, feedForward(layer, norm('norm2')));
    }
    return tf.gather(merge(config, parameters, x), tf.tensor1d(layout.placeOfToken, 'int32'));
  });
}

function contextsOf(config: VisionTowerConfig, layout: VisionLayout) {
  const width = config.hiddenSize / config.numAttentionHeads;
  const rotation = rotationOfAngles(patchAngles(config, layout.coordinates));
  const queryRotation = scaleRotation(rotation, 1 / Math.sqrt(width));
  const context = (segments: Segments) => ({ rotation, queryRotation, segments: asTensors(segments) });
  return { windows: context(layout.windows), images: context(layout.images) };
}

// The first half of a head's pairs turns by the row, the second by the column.
function patchAngles(config: VisionTowerConfig, coordinates: Float32Array): tf.Tensor2D {
  return tf.tidy(() => {
    const places = tf.tensor3d(coordinates, [coordinates.length / 2, 2, 1]);
    const angles = tf.mul(places, tf.tensor3d([...config.rotaryFrequencies], [1, 1, config.rotaryFrequencies.length]));
    return tf.reshape(angles, [coordinates.length / 2, 2 * config.rotaryFrequencies.length]);
  });
}

function asTensors({ groups, gather, restore }: Segments): AttentionSegments {
  const indices = (rows: Int32Array | undefined) => (rows === undefined ? undefined : tf.tensor1d(rows, 'int32'));
  return { groups, gather: indices(gather), restore: indices(restore) };
}

function feedForward(layer: ParameterTree, x: tf.Tensor2D): tf.Tensor2D {
  const gate = project(layer, { name: 'mlp.gate_proj' }, x);
  const up = project(layer, { name: 'mlp.up_proj' }, x);
  return project(layer, { name: 'mlp.down_proj' }, tf.mul(tf.mul(gate, tf.sigmoid(gate)), up));
}

// [N,W] → [M,H]
function merge(config: VisionTowerConfig, parameters: ParameterTree, x: tf.Tensor2D): tf.Tensor2D {
  const unit = config.mergeSize ** 2;
  const normed = rmsNorm(x, tensorOf(parameters, 'visual.merger.ln_q.weight'), config.rmsNormEps);
  const squares = tf.reshape<tf.Rank.R2>(normed, [x.shape[0] / unit, config.hiddenSize * unit]);
  return project(
    parameters,
    { name: 'visual.merger.mlp.2' },
    gelu(project(parameters, { name: 'visual.merger.mlp.0' }, squares)),
  );
}

// x · Φ(x), arXiv:1606.08415
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function layersOf(config: VisionTowerConfig, parameters: ParameterTree): ParameterTree[] {
  const layers = Array.from({ length: config.numHiddenLayers }, (): Record<string, tf.Tensor> => ({}));
  for (const [name, tensor] of Object.entries(parameters)) {
    const [, index, rest] = /^visual\.blocks\.(\d+)\.(.*)$/.exec(name) ?? [];
    const layer = layers[Number(index)];
    if (layer !== undefined && rest !== undefined) layer[rest] = tensor;
  }
  return layers;
}
