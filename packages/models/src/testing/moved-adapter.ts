import { tf } from '@rlloom/tensor';
import type { ModelWeights } from '../adapters/adapt-parameters.ts';
import { createAdapter, type CreateAdapterOptions } from '../adapters/create-adapter.ts';
import type { LoraAdapter } from '../adapters/lora-adapter.ts';

/** An adapter whose tensors have all moved from where they start, so that it changes its model visibly. */
export function movedAdapter(model: ModelWeights, options: Omit<CreateAdapterOptions, 'seed'>): LoraAdapter {
  const adapter = createAdapter(model, { ...options, seed: 3 });
  adapter.setParameters(
    Object.fromEntries(
      Object.entries(adapter.parameters).map(([name, tensor]) => {
        const moved = tf.tidy(() => {
          const wave = tf.reshape(tf.sin(tf.range(1, tensor.size + 1)), tensor.shape);
          return tf.add(tensor, tf.mul(0.3, wave));
        });
        return [name, moved];
      }),
    ),
  );
  return adapter;
}
