import type { tf } from '@rlloom/tensor';
import { type ParameterTree, recompute, tensorOf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import type { AttentionContext } from '../decoder/attention.ts';
import { decoderLayer, type LayerInput } from '../decoder/decoder-layer.ts';
import type { Rotation } from '../decoder/rotary.ts';

/**
 * A layer of the decoder that forgets everything but its input, and runs again when its gradient is taken.
 *
 * @returns `[B·T,H]`
 */
export function recomputeLayer(config: ModelConfig, parameters: ParameterTree, input: LayerInput): tf.Tensor2D {
  const { x, context, layer } = input;
  // What the closure holds may be freed between the two runs, so tensors go in by name.
  const inputs = { x, ...prefixed('layer', parameters), ...prefixed('context', tensorsOf(context)) };
  return recompute((own) => {
    const ownContext = withTensors(context, part('context', own));
    const given = { x: tensorOf(own, 'x') as tf.Tensor2D, past: undefined, context: ownContext, layer };
    return decoderLayer(config, part('layer', own), given).x;
  }, inputs);
}

function tensorsOf({ rotation, queryRotation, mask }: AttentionContext): ParameterTree {
  return {
    ...(rotation === undefined ? {} : prefixed('rotation', { ...rotation })),
    ...(queryRotation === undefined ? {} : prefixed('queryRotation', { ...queryRotation })),
    ...(mask === undefined ? {} : { mask }),
  };
}

function withTensors(context: AttentionContext, tensors: ParameterTree): AttentionContext {
  const rotationOf = (name: string): Rotation => part(name, tensors) as ParameterTree & Rotation;
  return {
    ...context,
    rotation: context.rotation && rotationOf('rotation'),
    queryRotation: context.queryRotation && rotationOf('queryRotation'),
    mask: tensors['mask'] as tf.Tensor4D | undefined,
  };
}

function prefixed(prefix: string, tree: ParameterTree): ParameterTree {
  return Object.fromEntries(Object.entries(tree).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

function part(prefix: string, tree: ParameterTree): ParameterTree {
  const start = `${prefix}/`;
  const own = Object.entries(tree).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(start.length), tensor]));
}
