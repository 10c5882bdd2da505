import { type Program, tf } from '@rlloom/tensor';
import type { ModelConfig } from '../../config/model-config.ts';
import { bucketOf } from './buckets.ts';
import { type CacheState, type CacheStateSize, openCacheState } from './cache-state.ts';
import type { GeneratorFunctions } from './generator-functions.ts';
import type { PromptBlock } from './read-prompts.ts';

/** What a cache is made of. */
export interface CacheRoomOptions {
  readonly config: ModelConfig;
  readonly program: Program;
  readonly functions: Pick<GeneratorFunctions, 'move'>;
  /** It never needs more. */
  readonly mostColumns: number;
}

/** How a cache moved: slot `i` is what slot `slots[i]` was, and every column went `shift` to the left. */
export interface CacheMove {
  readonly slots: readonly (number | undefined)[];
  readonly shift: number;
}

// Room that a cache gets beyond its prompts at first; it doubles as it fills up.
const firstRoom = 64;

/** The cache of a batch, and where in it the next token of every slot goes. What moves in it is said to the caller. */
export class CacheRoom {
  readonly #options: CacheRoomOptions;
  #state: CacheState | undefined;
  #column = 0;
  #peakBytes = 0;

  constructor(options: CacheRoomOptions) {
    this.#options = options;
  }

  /** There is one from `open` on. */
  get state(): CacheState {
    return this.#state as CacheState;
  }

  /** Where the next token goes. */
  get column(): number {
    return this.#column;
  }

  /** Columns up to the end. */
  get columnsLeft(): number {
    return this.state.capacity - this.#column;
  }

  /** Most bytes of the cache and the prompts beside it. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** So many columns were written. */
  advance(columns: number): void {
    this.#column += columns;
  }

  /** Room for a block of prompts that stands alone, and so many `tokens` behind it. */
  open({ time, bytes }: PromptBlock, { slots, tokens }: { readonly slots: number; readonly tokens: number }): void {
    this.#column = time;
    if (this.#state === undefined || this.#state.capacity < time + 1) {
      this.#state?.close();
      this.#state = this.#openState({ slots, capacity: bucketOf(time + Math.min(firstRoom, tokens)) }, bytes);
    }
    this.#count(bytes);
  }

  /** Room for a block of prompts to end at the present column. Where that is too far left, the others move to the right. */
  async join({ time, bytes }: PromptBlock, tokens: number): Promise<CacheMove | undefined> {
    const { capacity } = this.state;
    const move =
      this.#column < time
        ? await this.#move(Math.max(capacity, bucketOf(time + Math.min(firstRoom, tokens))), this.#column - time)
        : undefined;
    this.#count(bytes);
    return move;
  }

  /** A free column: to the left where nothing is before `first`, else in a larger cache, for so many `tokens`. */
  async makeRoom(first: number, tokens: number): Promise<CacheMove | undefined> {
    if (this.columnsLeft > 0) return undefined;
    const { capacity } = this.state;
    const shift = Math.min(first, capacity);
    const wanted = this.#column - shift + tokens;
    const isRoomLeft = shift >= Math.min(tokens, Math.ceil(capacity / 4));
    return this.#move(
      isRoomLeft ? capacity : bucketOf(Math.min(2 * capacity, wanted, this.#options.mostColumns)),
      shift,
    );
  }

  /** Goes on with these slots alone. */
  keep(slots: readonly (number | undefined)[]): Promise<CacheMove> {
    return this.#move(this.state.capacity, 0, slots);
  }

  dispose(): void {
    this.#state?.close();
  }

  async #move(
    capacity: number,
    shift: number,
    slots: CacheMove['slots'] = Array.from({ length: this.state.slots }, (_, slot) => slot),
  ): Promise<CacheMove> {
    const from = this.state;
    const isSame = slots.length === from.slots && capacity === from.capacity;
    const to = isSame ? from : this.#openState({ slots: slots.length, capacity }, from.bytes);
    const { numKeyValueHeads } = this.#options.config;
    const heads = slots.flatMap((slot) =>
      Array.from({ length: numKeyValueHeads }, (_, head) => (slot ?? 0) * numKeyValueHeads + head),
    );
    const columns = Array.from({ length: capacity }, (_, column) =>
      Math.min(Math.max(column + shift, 0), from.capacity - 1),
    );
    const inputs = { heads: tf.tensor1d(heads, 'int32'), columns: tf.tensor1d(columns, 'int32') };
    this.#state = to;
    try {
      await this.#options.functions.move(from, to)(inputs);
    } finally {
      tf.dispose(inputs);
      if (!isSame) from.close();
    }
    this.#column -= shift;
    return { slots, shift };
  }

  #openState(size: CacheStateSize, others: number): CacheState {
    const state = openCacheState(this.#options.program, this.#options.config, size);
    this.#peakBytes = Math.max(this.#peakBytes, state.bytes + others);
    return state;
  }

  #count(others: number): void {
    this.#peakBytes = Math.max(this.#peakBytes, this.state.bytes + others);
  }
}
