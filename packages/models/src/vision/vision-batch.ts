import { type ImageGrid, imageTokenCount, type ImagePatches } from './image-grid.ts';
import { multimodalPositions } from './multimodal-positions.ts';
import type { VisionLanguageConfig } from './vision-config.ts';

// B = sequences, T = tokens of the longest.

/** Text with images in it. */
export interface VisionSequence {
  /** Token ids; at the place of an image as many image tokens as it has ({@link expandImageTokens}). */
  readonly tokens: ArrayLike<number>;
  /** The images in the order of their tokens. Sequences that share the object share the work. */
  readonly images?: ImagePatches | undefined;
}

/** Padded sequences with images, as plain numbers. */
export interface VisionBatch {
  readonly rows: number;
  readonly time: number;
  /** `[B,T]` */
  readonly tokens: Int32Array;
  /** 1 where there is a token, 0 at padding. `[B,T]` */
  readonly attentionMask: Int32Array;
  /** Frame, row and column position of every token; 0 at padding. `[B,T,3]` */
  readonly positions: Float32Array;
  /** All images, each once. */
  readonly images: ImagePatches;
  /** The image embedding that stands at each token, or −1. `[B,T]` */
  readonly embeddingOfToken: Int32Array;
  /** The position of the token after each sequence. `[B]` */
  readonly nextPositions: readonly number[];
  /** Padding at the start of each sequence. `[B]` */
  readonly paddings: readonly number[];
}

/**
 * Pads sequences to the longest and gives every token its positions and, at image tokens, its image embedding.
 *
 * @param options.padTokenId default: the model's, else 0
 * @param options.padSide where padding stands; default `left`, as generation needs it
 * @throws RlloomError kind `data` when the image tokens of a sequence are not those of its images
 */
export function visionBatch(
  config: VisionLanguageConfig,
  sequences: readonly VisionSequence[],
  options: { readonly padTokenId?: number; readonly padSide?: 'left' | 'right' } = {},
): VisionBatch {
  const { padTokenId = config.text.padTokenId ?? 0, padSide = 'left' } = options;
  const rows = sequences.length;
  const time = Math.max(0, ...sequences.map(({ tokens }) => tokens.length));
  const tokens = new Int32Array(rows * time).fill(padTokenId);
  const attentionMask = new Int32Array(rows * time);
  const positions = new Float32Array(rows * time * 3);
  const embeddingOfToken = new Int32Array(rows * time).fill(-1);
  const nextPositions: number[] = [];
  const { images, firstOf } = joinImages(config, sequences);
  for (const [row, sequence] of sequences.entries()) {
    const start = row * time + (padSide === 'left' ? time - sequence.tokens.length : 0);
    const placed = multimodalPositions(sequence.tokens, {
      grids: sequence.images?.grids ?? [],
      imageTokenId: config.imageTokenId,
      mergeSize: config.vision.mergeSize,
    });
    tokens.set(sequence.tokens, start);
    attentionMask.fill(1, start, start + sequence.tokens.length);
    positions.set(placed.positions, 3 * start);
    nextPositions.push(placed.next);
    let embedding = sequence.images === undefined ? 0 : (firstOf.get(sequence.images) as number);
    for (let t = 0; t < sequence.tokens.length; t++) {
      if (sequence.tokens[t] === config.imageTokenId) embeddingOfToken[start + t] = embedding++;
    }
  }
  const paddings = sequences.map((sequence) => (padSide === 'left' ? time - sequence.tokens.length : 0));
  return { rows, time, tokens, attentionMask, positions, images, embeddingOfToken, nextPositions, paddings };
}

// The images of all sequences, and the place of the first embedding of each.
function joinImages(
  { vision }: VisionLanguageConfig,
  sequences: readonly VisionSequence[],
): { readonly images: ImagePatches; readonly firstOf: ReadonlyMap<ImagePatches, number> } {
  const distinct = new Set(sequences.flatMap(({ images }) => (images === undefined ? [] : [images])));
  const firstOf = new Map<ImagePatches, number>();
  const grids: ImageGrid[] = [];
  const pixelValues = new Float32Array([...distinct].reduce((sum, images) => sum + images.pixelValues.length, 0));
  let embedding = 0;
  let at = 0;
  for (const images of distinct) {
    firstOf.set(images, embedding);
    pixelValues.set(images.pixelValues, at);
    at += images.pixelValues.length;
    grids.push(...images.grids);
    embedding += images.grids.reduce((sum, grid) => sum + imageTokenCount(grid, vision.mergeSize), 0);
  }
  return { images: { pixelValues, grids }, firstOf };
}
