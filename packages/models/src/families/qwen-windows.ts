import { z } from 'zod';
import type { ModelConfig } from '../config/model-config.ts';
import { layerTypesOf, layerWindows, windowOf } from './layer-windows.ts';

/** How Qwen's models say which layers have a window. */
export const qwenWindowKeys = {
  use_sliding_window: z.boolean().nullish(),
  sliding_window: z.int().positive().nullish(),
  max_window_layers: z.int().nonnegative().nullish(),
  layer_types: z.array(z.string()).nullish(),
};

/** The layers with their windows: those from `max_window_layers` on, unless `layer_types` says it. */
export function withQwenWindows(
  { layers }: ModelConfig,
  keys: z.infer<z.ZodObject<typeof qwenWindowKeys>>,
  where: string,
): ModelConfig['layers'] {
  const window = keys.use_sliding_window === true ? (keys.sliding_window ?? 4096) : null;
  const first = window === null ? layers.length : (keys.max_window_layers ?? 28);
  const layerTypes =
    keys.layer_types ?? layers.map((_, index) => (index < first ? 'full_attention' : 'sliding_attention'));
  const windows = layerWindows({ layerTypes, window }, { count: layers.length, where });
  return layers.map((layer, index) => ({ ...layer, window: windows[index] ?? null }));
}

/** The keys for layers. */
export function writeQwenWindows({ layers }: ModelConfig): Record<string, unknown> {
  const window = windowOf(layers);
  const first = layers.findIndex((layer) => layer.window !== null);
  return {
    use_sliding_window: window !== null,
    sliding_window: window,
    max_window_layers: first < 0 ? layers.length : first,
    layer_types: layerTypesOf(layers),
  };
}
