import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `tools/fixtures-vl/make.py` writes beside a checkpoint: the numbers of transformers. */
export interface VisionFixture {
  readonly images: readonly {
    readonly file: string;
    readonly decoded: { readonly height: number; readonly width: number; readonly sha256: string };
    readonly resized: { readonly height: number; readonly width: number; readonly sha256: string };
    readonly grid: readonly [number, number, number];
    readonly pixel_values_stride: number;
    readonly pixel_values: readonly number[];
    readonly pixel_values_sha256: string;
    readonly embeddings: readonly number[];
  }[];
  readonly sequences: readonly { readonly tokens: readonly number[]; readonly images: readonly number[] }[];
  /** Per sequence and token of the left-padded batch, `[B,T,3]`. */
  readonly positions: readonly (readonly (readonly number[])[])[];
  readonly next_positions: readonly number[];
  readonly logits_stride: number;
  /** Per sequence, its tokens one after the other. */
  readonly logits: readonly (readonly number[])[];
  /** Mean cross-entropy of every next token. */
  readonly loss: number;
  /** Length of its gradient by parameter, in the names of hub checkpoints. */
  readonly gradient_norms: Readonly<Record<string, number>>;
  readonly greedy: { readonly tokens: readonly (readonly number[])[]; readonly min_top1_top2_margin: number };
}

/** A file or folder below `tools/fixtures-vl`. */
export function visionFixturePath(name: string): string {
  return fileURLToPath(new URL(`../../../../tools/fixtures-vl/${name}`, import.meta.url));
}

/** The numbers of a checkpoint that `make.py` wrote. */
export function readVisionFixture(directory: string): VisionFixture {
  return JSON.parse(readFileSync(join(directory, 'expected.json'), 'utf8')) as VisionFixture;
}
