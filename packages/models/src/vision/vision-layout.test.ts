import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageGrid } from './image-grid.ts';
import { parseVisionLanguageConfig, type VisionTowerConfig } from './vision-config.ts';
import { visionLayout } from './vision-layout.ts';

// Windows of 2 × 2 tokens, each of 2 × 2 patches.
const config: VisionTowerConfig = parseVisionLanguageConfig({
  model_type: 'qwen2_5_vl',
  vocab_size: 8,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 1,
  rope_scaling: { type: 'mrope', mrope_section: [2, 1, 1] },
  vision_config: { hidden_size: 8, out_hidden_size: 8, num_heads: 1, patch_size: 4, window_size: 16 },
}).vision;

describe('visionLayout', () => {
  it('puts windows of equal size together', () => {
    // 3 × 3 tokens: a whole window, one of two columns' rest, one of two rows' rest, a corner.
    const layout = visionLayout(config, [{ frames: 1, rows: 6, columns: 6 }]);
    expect(layout.windows.groups).toEqual([
      { segments: 1, length: 4 },
      { segments: 2, length: 8 },
      { segments: 1, length: 16 },
    ]);
    const tokens = [8, 2, 5, 6, 7, 0, 1, 3, 4];
    expect([...layout.order]).toEqual(tokens.flatMap((token) => [0, 1, 2, 3].map((patch) => 4 * token + patch)));
    expect([...layout.placeOfToken]).toEqual([5, 6, 1, 7, 8, 2, 3, 4, 0]);
    // The first patch is that of the corner: row 4, column 4.
    expect([...layout.coordinates.subarray(0, 8)]).toEqual([4, 4, 4, 5, 5, 4, 5, 5]);
    expect(layout.images).toEqual({ groups: [{ segments: 1, length: 36 }], gather: undefined, restore: undefined });
  });

  it('keeps every patch once, and images and frames apart', () => {
    const side = fc.integer({ min: 1, max: 5 }).map((tokens) => 2 * tokens);
    const grid: fc.Arbitrary<ImageGrid> = fc.record({
      frames: fc.integer({ min: 1, max: 2 }),
      rows: side,
      columns: side,
    });
    fc.assert(
      fc.property(fc.array(grid, { minLength: 1, maxLength: 4 }), (grids) => {
        const { order, windows, images, placeOfToken } = visionLayout(config, grids);
        const count = grids.reduce((sum, { frames, rows, columns }) => sum + frames * rows * columns, 0);
        const everyPatch = Array.from({ length: count }, (_, i) => i);
        expect([...order].toSorted((a, b) => a - b)).toEqual(everyPatch);
        for (const { groups } of [windows, images]) {
          expect(groups.reduce((sum, { segments, length }) => sum + segments * length, 0)).toBe(count);
        }
        if (images.gather !== undefined) expect([...images.gather].map((place) => order[place])).toEqual(everyPatch);
        for (const [token, place] of placeOfToken.entries()) expect(order[4 * place]).toBe(4 * token);
      }),
    );
  });
});
