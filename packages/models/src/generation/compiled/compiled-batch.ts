import { tf } from '@rlloom/tensor';
import { type Advance, refillShare } from '../decode-loop.ts';
import type { GenerationStatistics } from '../generation-options.ts';
import type { PromptQueue } from '../prompt-queue.ts';
import { type DetailedToken, notFinite, nothingLeft } from '../sample-token.ts';
import type { Sequence } from '../sequence.ts';
import { bucketOf } from './buckets.ts';
import { type CacheMove, CacheRoom, type CacheRoomOptions } from './cache-room.ts';
import type { CacheState } from './cache-state.ts';
import type { DrawKind } from './draw-tokens.ts';
import type { GeneratorFunctions } from './generator-functions.ts';
import { spareColumns } from './plan-compiled.ts';
import type { PromptBlock } from './read-prompts.ts';
import { slotSettings, type SlotSettings } from './slot-settings.ts';

/** What a batch works with. */
export interface CompiledBatchOptions extends CacheRoomOptions {
  readonly functions: GeneratorFunctions;
  readonly kind: DrawKind;
  /** Sequences that run together. */
  readonly batchSize: number;
  readonly padTokenId: number;
  readonly rawLogProbs: boolean;
  readonly streams: boolean;
  readonly signal: AbortSignal | undefined;
  readonly isHalted?: (() => boolean) | undefined;
}

/** A sequence in a slot, and the column of its first token. */
interface Running {
  readonly sequence: Sequence;
  readonly first: number;
}

// Most tokens per slot that one call draws; fewer where what comes between them is asked for.
const mostRounds = 64;
const roundsWithSignal = 16;
const roundsOfStream = 8;
// Slots are left when no more than this share runs and the others have so many tokens before them.
const shrinkShare = 1 / 4;
const shrinkTokens = 48;
const fewestToShrink = 8;

/** The sequences that decode together compiled, and their cache. */
export class CompiledBatch {
  readonly #options: CompiledBatchOptions;
  readonly #room: CacheRoom;
  #slots: (Running | undefined)[];
  #settings: SlotSettings | undefined;
  #decodeSteps = 0;
  #decodedTokens = 0;

  constructor(options: CompiledBatchOptions) {
    this.#options = options;
    this.#room = new CacheRoom(options);
    this.#slots = new Array<undefined>(bucketOf(options.batchSize)).fill(undefined);
  }

  get running(): number {
    return this.#slots.filter((slot) => slot !== undefined).length;
  }

  get statistics(): Pick<GenerationStatistics, 'decodeSteps' | 'decodedTokens' | 'peakCacheBytes'> {
    return {
      decodeSteps: this.#decodeSteps,
      decodedTokens: this.#decodedTokens,
      peakCacheBytes: this.#room.peakBytes,
    };
  }

  shouldRefill(queue: PromptQueue<PromptBlock>): boolean {
    return queue.size > 0 && this.running <= this.#enough(queue);
  }

  /** Starts sequences that wait; those that do not end with their first token get the free slots. */
  async refill(queue: PromptQueue<PromptBlock>): Promise<Advance[]> {
    const { config, functions, kind } = this.#options;
    const free = [...this.#slots.keys()].filter((slot) => this.#slots[slot] === undefined);
    const { read, started } = await queue.next(Math.min(free.length, this.#options.batchSize - this.running));
    const rows = new Array<number | undefined>(this.#slots.length).fill(undefined);
    const placed = started.map(({ sequence, row }, i) => {
      const slot = free[i] as number;
      rows[slot] = row;
      this.#slots[slot] = { sequence, first: 0 };
      return { sequence, slot };
    });
    const longest = Math.max(...started.map(({ sequence }) => sequence.maxNewTokens - 1));
    const state = await this.#roomFor(read, { longest, placed: placed.map(({ slot }) => slot), queue });
    for (const { sequence, slot } of placed) {
      this.#slots[slot] = { sequence, first: this.#room.column - sequence.prompt.length };
    }
    this.#forgetSettings();
    const settings = this.#currentSettings();
    const perHead = <Value>(value: (slot: number, head: number) => Value): Value[] =>
      rows.flatMap((_, slot) => Array.from({ length: config.numKeyValueHeads }, (_head, head) => value(slot, head)));
    const own = {
      rows: tf.tensor1d(
        rows.map((row) => row ?? 0),
        'int32',
      ),
      heads: tf.tensor1d(
        perHead((slot, head) => (rows[slot] ?? 0) * config.numKeyValueHeads + head),
        'int32',
      ),
      isPlaced: tf.tensor1d(perHead((slot) => (rows[slot] === undefined ? 0 : 1))),
      start: tf.scalar(this.#room.column - read.time, 'int32'),
      uniforms: tf.tensor1d(this.#uniforms(1), 'float32'),
    };
    const drawn = await functions
      .place(
        state,
        kind,
      )({ ...own, settings, read: read.outputs })
      .finally(() => tf.dispose(own));
    const tokens = await this.#readDraws(drawn, this.#slots.length);
    const advances = placed.map(({ sequence, slot }): Advance => this.#advance(slot, sequence, tokens(0, slot)));
    queue.release();
    return advances;
  }

  /** Draws several tokens for every running sequence; each entry hands out those of one round. */
  async decode(queue: PromptQueue<PromptBlock>): Promise<readonly (() => Advance[])[]> {
    const { functions, kind, padTokenId } = this.#options;
    await this.#shrink(queue);
    await this.#makeRoom(queue);
    const { state, column } = this.#room;
    const slots = this.#slots;
    const rounds = this.#rounds();
    const each = (value: (running: Running) => number, empty: number): number[] =>
      slots.map((running) => (running === undefined ? empty : value(running)));
    const own = {
      tokens: tf.tensor1d(
        each(({ sequence }) => sequence.tokens.at(-1) as number, padTokenId),
        'int32',
      ),
      column: tf.scalar(column, 'int32'),
      first: tf.tensor1d(
        each(({ first }) => first, column),
        'float32',
      ),
      remaining: tf.tensor1d(each(({ sequence }) => remainingTokens(sequence), 0)),
      written: tf.tensor1d(each(({ sequence }) => sequence.tokens.length, 0)),
      rounds: tf.scalar(rounds, 'int32'),
      enough: tf.scalar(this.#enough(queue)),
      uniforms: tf.tensor2d(this.#uniforms(rounds, mostRounds), [mostRounds, slots.length]),
    };
    const { rounds: done, ...drawn } = await functions
      .decode(
        state,
        kind,
      )({ ...own, settings: this.#currentSettings() })
      .finally(() => tf.dispose(own));
    const [count] = (await done.data().finally(() => done.dispose())) as unknown as [number];
    const tokens = await this.#readDraws(drawn, slots.length);
    this.#decodeSteps += count;
    this.#room.advance(count);
    const running = slots.flatMap((slot, index) => (slot === undefined ? [] : { ...slot, index }));
    return Array.from({ length: count }, (_, round) => () => {
      const going = running.filter(({ sequence }) => sequence.stopReason === undefined);
      this.#decodedTokens += going.length;
      return going.map(({ sequence, index }) => this.#advance(index, sequence, tokens(round, index)));
    });
  }

  dispose(): void {
    this.#forgetSettings();
    this.#room.dispose();
  }

  #advance(slot: number, sequence: Sequence, draw: DetailedToken): Advance {
    sequence.accept(draw);
    if (sequence.stopReason !== undefined) {
      this.#slots[slot] = undefined;
      this.#forgetSettings();
    }
    return { sequence, draw };
  }

  // How few running sequences make it worth to do something else than to decode.
  #enough(queue: PromptQueue<PromptBlock>): number {
    const { batchSize } = this.#options;
    if (queue.isNextRead) return batchSize - 1;
    if (queue.size > 0) return batchSize - Math.ceil(batchSize * refillShare);
    return this.#canShrink() ? Math.floor(this.#slots.length * shrinkShare) : 0;
  }

  #canShrink(): boolean {
    return this.#slots.length >= fewestToShrink && this.#mostRemaining() >= shrinkTokens;
  }

  #mostRemaining(): number {
    return Math.max(0, ...this.#slots.map((slot) => (slot === undefined ? 0 : remainingTokens(slot.sequence))));
  }

  #rounds(): number {
    const { streams, signal, isHalted } = this.#options;
    const hasStops = this.#slots.some((slot) => slot?.sequence.hasStopStrings === true);
    const isHeard = signal !== undefined || isHalted !== undefined;
    const most = streams || hasStops ? roundsOfStream : isHeard ? roundsWithSignal : mostRounds;
    return Math.min(most, this.#room.columnsLeft, this.#mostRemaining());
  }

  // By round, then slot. Rounded to float32 it stays below 1.
  #uniforms(rounds: number, rows = rounds): Float32Array {
    const size = this.#slots.length;
    const values = new Float32Array(rows * size);
    for (const [slot, running] of this.#slots.entries()) {
      if (running === undefined || running.sequence.sampling.temperature === 0) continue;
      for (const [round, value] of running.sequence.upcoming(rounds).entries()) {
        values[round * size + slot] = Math.min(value, belowOne);
      }
    }
    return values;
  }

  #currentSettings(): SlotSettings {
    const { kind, config } = this.#options;
    this.#settings ??= slotSettings(
      this.#slots.map((slot) => slot?.sequence),
      kind,
      config.vocabularySize,
    );
    return this.#settings;
  }

  #forgetSettings(): void {
    tf.dispose(this.#settings);
    this.#settings = undefined;
  }

  async #readDraws(
    drawn: Readonly<Record<'tokens' | 'logProbs' | 'samplingLogProbs' | 'rawLogProbs', tf.Tensor>>,
    width: number,
  ): Promise<(round: number, slot: number) => DetailedToken> {
    const [tokens, logProbs, samplingLogProbs, raw] = await Promise.all(
      [drawn.tokens, drawn.logProbs, drawn.samplingLogProbs, drawn.rawLogProbs].map((tensor) => tensor.data()),
    ).finally(() => tf.dispose(drawn));
    return (round, slot) => {
      const at = (values: ArrayLike<number> | undefined): number => values?.[round * width + slot] as number;
      if (!Number.isFinite(at(logProbs))) throw notFinite();
      if (Number.isNaN(at(samplingLogProbs))) throw nothingLeft();
      return {
        token: at(tokens),
        logProb: at(logProbs),
        samplingLogProb: at(samplingLogProbs),
        ...(this.#options.rawLogProbs && { rawLogProb: at(raw) }),
      };
    };
  }

  /** A state in which a block of prompts can end at the present column, which moves where it must. */
  async #roomFor(
    read: PromptBlock,
    {
      longest,
      placed,
      queue,
    }: { readonly longest: number; readonly placed: readonly number[]; readonly queue: PromptQueue<PromptBlock> },
  ): Promise<CacheState> {
    const spare = spareFor(queue);
    const isAlone = this.#slots.every((running, slot) => running === undefined || placed.includes(slot));
    if (isAlone) this.#room.open(read, { slots: this.#slots.length, tokens: longest + spare });
    else this.#follow(await this.#room.join(read, Math.max(longest, this.#mostRemaining()) + spare));
    return this.#room.state;
  }

  async #makeRoom(queue: PromptQueue<PromptBlock>): Promise<void> {
    const first = Math.min(...this.#slots.map((slot) => slot?.first ?? Infinity));
    this.#follow(await this.#room.makeRoom(first, this.#mostRemaining() + spareFor(queue)));
  }

  /** Goes on with fewer slots when few sequences are left. */
  async #shrink(queue: PromptQueue<PromptBlock>): Promise<void> {
    const target = Math.floor(this.#slots.length * shrinkShare);
    if (queue.size > 0 || !this.#canShrink() || this.running > target) return;
    const kept = [...this.#slots.keys()].filter((slot) => this.#slots[slot] !== undefined);
    this.#follow(await this.#room.keep(Array.from({ length: target }, (_, i) => kept[i])));
  }

  // Sequences are where their keys and values went.
  #follow(move: CacheMove | undefined): void {
    if (move === undefined) return;
    this.#slots = move.slots.map((slot) => {
      const running = slot === undefined ? undefined : this.#slots[slot];
      return running && { ...running, first: running.first - move.shift };
    });
    this.#forgetSettings();
  }
}

// Columns beyond what those that run need, for those that wait.
function spareFor(queue: PromptQueue<PromptBlock>): number {
  return queue.size > 0 ? spareColumns : 0;
}

function remainingTokens({ maxNewTokens, tokens }: Sequence): number {
  return maxNewTokens - tokens.length;
}

// The largest float32 below 1.
const belowOne = 1 - 2 ** -24;
