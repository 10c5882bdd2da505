import { tf } from '@rlloom/tensor';
import type { Rotation } from '../decoder/rotary.ts';
import { rotationOfAngles } from './rotation-of-angles.ts';
import type { VisionLanguageConfig } from './vision-config.ts';

/**
 * The rotation of heads at frame, row and column positions: the first pairs turn by the frame, the next by the
 * row, the last by the column.
 *
 * @param positions `[N,3]` float32
 */
export function multimodalRotation({ text, rotarySections }: VisionLanguageConfig, positions: tf.Tensor2D): Rotation {
  const axes = rotarySections.flatMap((count, axis) => Array.from({ length: count }, () => axis));
  const frequencies = text.rotaries[0]?.frequencies ?? [];
  return rotationOfAngles(tf.mul(tf.gather(positions, tf.tensor1d(axes, 'int32'), 1), tf.tensor1d([...frequencies])));
}
