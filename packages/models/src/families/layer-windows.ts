import { RlloomError } from '@rlloom/spec';
import { notImplemented } from './config-json.ts';

/** What config.json says about the windows of layers. */
export interface WindowKeys {
  /** One of `full_attention` and `sliding_attention` per layer. */
  readonly layerTypes: readonly string[];
  readonly window: number | null;
}

/**
 * The window of each layer; `null`: none.
 *
 * @throws RlloomError kind `model` for another number of layers, another kind of layer, or a window without a width
 */
export function layerWindows(
  { layerTypes, window }: WindowKeys,
  { count, where }: { readonly count: number; readonly where: string },
): (number | null)[] {
  if (layerTypes.length !== count) {
    throw new RlloomError('model', {
      what: `layer_types has ${layerTypes.length} entries, num_hidden_layers is ${count}`,
      where: `${where}: layer_types`,
      fix: 'take config.json from the original model again',
    });
  }
  return layerTypes.map((type) => {
    if (type === 'full_attention') return null;
    if (type !== 'sliding_attention') throw notImplemented('layer_types', layerTypes, { where });
    if (window !== null) return window;
    throw new RlloomError('model', {
      what: 'layer_types asks for sliding_attention, and there is no sliding_window',
      where: `${where}: sliding_window`,
      fix: 'take config.json from the original model again',
    });
  });
}

/** The `layer_types` of windows. */
export function layerTypesOf(layers: readonly { readonly window: number | null }[]): string[] {
  return layers.map(({ window }) => (window === null ? 'full_attention' : 'sliding_attention'));
}

/** The width that the windows of a model have; `null`: it has none. */
export function windowOf(layers: readonly { readonly window: number | null }[]): number | null {
  return layers.find(({ window }) => window !== null)?.window ?? null;
}
