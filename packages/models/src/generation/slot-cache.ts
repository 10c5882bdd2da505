import { replaceRows, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../config/model-config.ts';
import type { KeysAndValues } from '../decoder/attention.ts';
import type { DecoderCache } from '../decoder/decoder-cache.ts';
import { cacheBytes } from './cache-bytes.ts';

// B = slots, C = capacity, K = key-value heads, D = width of a head, T = tokens of the longest prompt.

/** A sequence to be put into the cache: `length` tokens of row `row` of what was read, into `slot`. */
export interface Placement {
  readonly slot: number;
  readonly row: number;
  readonly length: number;
}

type Shape = Pick<ModelConfig, 'numHiddenLayers' | 'numKeyValueHeads' | 'headDim'>;

interface LayerBuffers {
  /** `[B·K·C,D]` */
  keys: tf.Tensor2D;
  /** `[B·K·C,D]` */
  values: tf.Tensor2D;
}

/**
 * A cache of keys and values with room for `slots` sequences of `capacity` tokens. A token stands at its position, so
 * sequences of any lengths lie side by side, and a slot is given to another sequence by writing over it. Owns its
 * tensors.
 */
export class SlotCache implements DecoderCache {
  readonly #shape: Shape;
  readonly #layers: LayerBuffers[];
  #slots: number;
  #capacity: number;
  // Tokens of each slot before the step, and where the step's keys and values go.
  #lengths: readonly number[] = [];
  #places: tf.Tensor1D | undefined;

  constructor(shape: Shape, { slots, capacity }: { readonly slots: number; readonly capacity: number }) {
    this.#shape = shape;
    this.#slots = slots;
    this.#capacity = capacity;
    const size: [number, number] = [slots * shape.numKeyValueHeads * capacity, shape.headDim];
    // Zeros: what is hidden is multiplied by 0, which a NaN would survive.
    const buffer = (): tf.Tensor2D => tf.keep(tf.zeros(size));
    this.#layers = Array.from({ length: shape.numHiddenLayers }, () => ({ keys: buffer(), values: buffer() }));
  }

  get slots(): number {
    return this.#slots;
  }

  /** Tokens that a slot has room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** What it holds in memory. */
  get bytes(): number {
    return cacheBytes(this.#shape, { sequences: this.#slots, tokens: this.#capacity });
  }

  /** Copies prompts that were read, `[rows·K,T,D]` per layer, into slots. */
  place(present: readonly KeysAndValues[], placements: readonly Placement[]): void {
    const time = present[0]?.keys.shape[1] ?? 0;
    const [sources, targets]: [number[], number[]] = [[], []];
    for (const { slot, row, length } of placements) {
      for (let head = 0; head < this.#shape.numKeyValueHeads; head++) {
        const [source, target] = [this.#headAt(row, head) * time, this.#headAt(slot, head) * this.#capacity];
        for (let t = 0; t < length; t++) {
          sources.push(source + t);
          targets.push(target + t);
        }
      }
    }
    tf.tidy(() => {
      const [from, to] = [tf.tensor1d(sources, 'int32'), tf.tensor1d(targets, 'int32')];
      for (const [index, { keys, values }] of present.entries()) {
        const layer = this.#layers[index] as LayerBuffers;
        const chosen = (read: tf.Tensor3D): tf.Tensor2D =>
          tf.gather(tf.reshape<tf.Rank.R2>(read, [-1, this.#shape.headDim]), from);
        layer.keys = tf.tidy(() => replaceRows(layer.keys, to, chosen(keys)));
        layer.values = tf.tidy(() => replaceRows(layer.values, to, chosen(values)));
      }
    });
  }

  /** Says which tokens the slots hold before a pass over one more per slot. Call it inside `tf.tidy`, with the pass. */
  beginStep(lengths: readonly number[]): void {
    this.#lengths = lengths;
    const places = lengths.flatMap((length, slot) =>
      Array.from(
        { length: this.#shape.numKeyValueHeads },
        (_, head) => this.#headAt(slot, head) * this.#capacity + length,
      ),
    );
    this.#places = tf.tensor1d(places, 'int32');
  }

  extend(layer: number, next: KeysAndValues): KeysAndValues {
    const buffers = this.#layers[layer] as LayerBuffers;
    const places = this.#places as tf.Tensor1D;
    const rows = (states: tf.Tensor3D): tf.Tensor2D => tf.reshape(states, [places.size, this.#shape.headDim]);
    buffers.keys = replaceRows(buffers.keys, places, rows(next.keys));
    buffers.values = replaceRows(buffers.values, places, rows(next.values));
    return { keys: this.#view(buffers.keys), values: this.#view(buffers.values) };
  }

  mask(window: number | null): tf.Tensor4D | undefined {
    const capacity = this.#capacity;
    const seesAll = this.#lengths.every((length) => length + 1 === capacity);
    if (seesAll && (window === null || window >= capacity)) return undefined;
    const values = new Float32Array(this.#slots * capacity).fill(hidden);
    for (const [slot, length] of this.#lengths.entries()) {
      const first = window === null ? 0 : Math.max(length + 1 - window, 0);
      values.fill(0, slot * capacity + first, slot * capacity + length + 1);
    }
    return tf.tensor4d(values, [this.#slots, 1, 1, capacity]);
  }

  /** Makes room for `capacity` tokens per slot, one buffer at a time. */
  grow(capacity: number): void {
    const extra = capacity - this.#capacity;
    const paddings: [number, number][] = [
      [0, 0],
      [0, extra],
      [0, 0],
    ];
    this.#replaceBuffers((buffer) => tf.pad(buffer, paddings));
    this.#capacity = capacity;
  }

  /** Lets go of all slots but these, which then are 0, 1, … */
  keep(slots: readonly number[]): void {
    const heads = Array.from({ length: this.#shape.numKeyValueHeads }, (_, head) => head);
    const kept = slots.flatMap((slot) => heads.map((head) => this.#headAt(slot, head)));
    this.#replaceBuffers((buffer) => tf.gather(buffer, tf.tensor1d(kept, 'int32')));
    this.#slots = slots.length;
  }

  /** Frees the buffers. Calling it again does nothing. */
  dispose(): void {
    for (const { keys, values } of this.#layers) tf.dispose([keys, values]);
  }

  #replaceBuffers(make: (buffer: tf.Tensor3D) => tf.Tensor3D): void {
    const replaced = (buffer: tf.Tensor2D): tf.Tensor2D => {
      const next = tf.tidy(() => tf.keep(tf.reshape<tf.Rank.R2>(make(this.#view(buffer)), [-1, this.#shape.headDim])));
      buffer.dispose();
      return next;
    };
    for (const layer of this.#layers) {
      layer.keys = replaced(layer.keys);
      layer.values = replaced(layer.values);
    }
  }

  #headAt(row: number, head: number): number {
    return row * this.#shape.numKeyValueHeads + head;
  }

  #view(buffer: tf.Tensor2D): tf.Tensor3D {
    return tf.reshape(buffer, [this.#slots * this.#shape.numKeyValueHeads, this.#capacity, this.#shape.headDim]);
  }
}

// Finite, as in attention masks; exp of it is 0 in float32.
const hidden = -1e9;
