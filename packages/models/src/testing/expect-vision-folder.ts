import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readVisionFixture, type VisionFixture } from './vision-fixtures.ts';
import { decodeImage } from '../vision/decode-image.ts';
import { generateWithImages } from '../vision/generate-with-images.ts';
import type { ImagePatches } from '../vision/image-grid.ts';
import { loadImageProcessorConfig } from '../vision/image-processor-config.ts';
import { loadVisionLanguageModel } from '../vision/load-vision-language-model.ts';
import { processImages } from '../vision/process-images.ts';
import { visionBatch, type VisionSequence } from '../vision/vision-batch.ts';
import { visionLogits } from '../vision/vision-forward.ts';
import type { VisionLanguageModel } from '../vision/vision-language-model.ts';
import { imageEmbeddings } from '../vision/vision-tower.ts';

const tolerance = 2e-4;

/** Greedy decoding of as many tokens as the fixtures have. */
export const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, maxNewTokens: 8, eosTokenIds: [] };

/** A folder of `tools/fixtures-vl/make.py`, its model, and its images and sequences as the model reads them. */
export interface OpenedVisionFixture {
  readonly model: VisionLanguageModel;
  readonly fixture: VisionFixture;
  readonly images: readonly ImagePatches[];
  readonly sequences: readonly VisionSequence[];
}

/** Opens such a folder. The caller owns the model. */
export async function openVisionFixture(directory: string): Promise<OpenedVisionFixture> {
  const fixture = readVisionFixture(directory);
  const processor = await loadImageProcessorConfig(directory);
  const images: ImagePatches[] = [];
  for (const { file } of fixture.images) {
    images.push(processImages(processor, [await decodeImage(await readFile(join(directory, file)), file)]));
  }
  const sequences = fixture.sequences.map(({ tokens, images: own }) => ({
    tokens,
    images: joined(own.map((index) => images[index] as ImagePatches)),
  }));
  return { model: await loadVisionLanguageModel(directory), fixture, images, sequences };
}

function joined(images: readonly ImagePatches[]): ImagePatches | undefined {
  if (images.length === 0) return undefined;
  return {
    pixelValues: Float32Array.from(images.flatMap(({ pixelValues }) => [...pixelValues])),
    grids: images.flatMap(({ grids }) => grids),
  };
}

/** Expects embeddings, positions, logits within 2e-4 and greedy tokens of transformers. */
export async function expectVisionFolder(directory: string): Promise<void> {
  const { model, fixture, images, sequences } = await openVisionFixture(directory);
  const { config, parameters } = model;
  for (const [index, { embeddings, file }] of fixture.images.entries()) {
    const actual = imageEmbeddings(config.vision, parameters, images[index] as ImagePatches);
    expect(largestError(await actual.data<'float32'>(), embeddings), file).toBeLessThan(tolerance);
    actual.dispose();
  }

  const batch = visionBatch(config, sequences);
  expect([...batch.positions]).toEqual(fixture.positions.flat(2));
  expect(batch.nextPositions).toEqual(fixture.next_positions);

  const all = visionLogits(config, parameters, batch);
  const values = await all.array();
  all.dispose();
  for (const [row, expected] of fixture.logits.entries()) {
    const own = values[row]?.slice(batch.paddings[row]) ?? [];
    const sample = own.flatMap((token) => token.filter((_, i) => i % fixture.logits_stride === 0));
    expect(largestError(sample, expected), `logits of sequence ${row}`).toBeLessThan(tolerance);
  }

  const requests = sequences.map(({ tokens, images: own }) => ({
    promptTokens: Int32Array.from(tokens),
    images: own,
    sampling: greedy,
    seed: 0,
  }));
  const results = await generateWithImages(model, requests);
  expect(fixture.greedy.min_top1_top2_margin).toBeGreaterThan(10 * tolerance);
  expect(results.map(({ tokens }) => [...tokens])).toEqual(fixture.greedy.tokens);
  model.dispose();
}

function largestError(actual: ArrayLike<number>, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return expected.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (actual[i] as number))), 0);
}
