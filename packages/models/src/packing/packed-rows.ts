import { RlloomError, type TrainingSequence } from '@rlloom/spec';
import { packByLength } from './pack-by-length.ts';

// N = sequences, B = rows, T = tokens of a row.

/** Sequences that stand one behind the other in rows. Plain data. */
export interface PackedRows {
  /** `[B, T]`; T is the length of the fullest row, or more where that was asked for. */
  readonly shape: readonly [rows: number, width: number];
  /** Token ids, row after row. `[B·T]` */
  readonly tokens: Int32Array;
  /** Which sequence of its row a token belongs to, counted from 1; 0 at padding. `[B·T]` */
  readonly segments: Int32Array;
  /** Position of each token in its own sequence. `[B·T]` */
  readonly positions: Int32Array;
  /** Where each sequence is, in the order they were given. `[N]` */
  readonly places: readonly PackedPlace[];
}

/** Where a packed sequence is. */
export interface PackedPlace {
  readonly row: number;
  /** Its first token in the row. */
  readonly start: number;
  /** Its tokens. */
  readonly length: number;
}

/** Options of {@link packSequences}. */
export interface PackSequencesOptions {
  /** Tokens of a row; a sequence longer than that gets a row of its own. */
  readonly rowLength: number;
  /** Fills what stays empty; any valid id, its value has no effect. */
  readonly padTokenId: number;
  /**
   * The least rows, and the least tokens of a row, with padding where there are no sequences: for programs that are
   * compiled per shape. Default: what the sequences need.
   */
  readonly atLeast?: readonly [rows: number, width: number] | undefined;
}

/** Of the values of a packed row. */
export interface UnpackOptions {
  /** Which token of a row its first value belongs to: 1 for what `tokenLogProbs` gives. Default 0. */
  readonly firstToken?: 0 | 1;
}

/**
 * Packs sequences into rows, by {@link packByLength}. `packedTokens` makes of them what `forwardHidden` and
 * `tokenLogProbs` take, so that attention stays inside each sequence and positions restart: results are those of the
 * sequences alone. Families with learned positions (GPT-2) take rows as long as their positions at most.
 *
 * @param sequences at least one; only their tokens are read
 * @throws RlloomError kind `unexpected` when there is none, kind `config` for a row length that is not positive
 * @example
 * ```ts
 * const sequences = [[1, 2], [3, 4, 5], [6]].map((tokens) => ({ tokens: Int32Array.from(tokens) }));
 * const packed = packSequences(sequences, { rowLength: 4, padTokenId: 0 });
 * packed.shape; // => [2, 4]
 * packed.tokens; // => Int32Array [3, 4, 5, 6, 1, 2, 0, 0]
 * packed.segments; // => Int32Array [1, 1, 1, 2, 1, 1, 0, 0]
 * packed.positions; // => Int32Array [0, 1, 2, 0, 0, 1, 0, 0]
 * ```
 */
export function packSequences(
  sequences: readonly Pick<TrainingSequence, 'tokens'>[],
  { rowLength, padTokenId, atLeast = [0, 0] }: PackSequencesOptions,
): PackedRows {
  if (sequences.length === 0) throw new RlloomError('unexpected', { what: 'there are no sequences to pack' });
  const lengths = sequences.map(({ tokens }) => tokens.length);
  const rows = packByLength(lengths, rowLength);
  const filled = rows.map((indices) => indices.reduce((sum, index) => sum + (lengths[index] ?? 0), 0));
  const width = Math.max(1, atLeast[1], ...filled);
  const height = Math.max(rows.length, atLeast[0]);
  const size = height * width;
  const tokens = new Int32Array(size).fill(padTokenId);
  const segments = new Int32Array(size);
  const positions = new Int32Array(size);
  const places: PackedPlace[] = [];
  rows.forEach((indices, row) => {
    let start = 0;
    indices.forEach((index, place) => {
      const sequence = (sequences[index] as Pick<TrainingSequence, 'tokens'>).tokens;
      const at = row * width + start;
      tokens.set(sequence, at);
      segments.fill(place + 1, at, at + sequence.length);
      for (let t = 0; t < sequence.length; t++) positions[at + t] = t;
      places[index] = { row, start, length: sequence.length };
      start += sequence.length;
    });
  });
  return { shape: [height, width], tokens, segments, positions, places };
}

/**
 * Lays per-token numbers of the sequences (loss masks, advantages) out as their tokens are.
 *
 * @param values one `[length]` array per sequence, in the order of the sequences
 * @returns `[B·T]`, 0 at padding
 * @throws RlloomError kind `unexpected` when a length differs from that of its sequence
 */
export function packValues({ shape, places }: PackedRows, values: readonly ArrayLike<number>[]): Float32Array {
  const packed = new Float32Array(shape[0] * shape[1]);
  places.forEach(({ row, start, length }, index) => {
    const own = values[index] ?? [];
    if (own.length !== length) {
      throw new RlloomError('unexpected', {
        what: `${own.length} values for a sequence of ${length} tokens`,
        where: `sequence ${index}`,
      });
    }
    packed.set(own, row * shape[1] + start);
  });
  return packed;
}

/**
 * Gives per-token results of packed rows back to the sequences.
 *
 * @param values `[B·T]`; or with `firstToken` 1 `[B·(T−1)]`, and the first token of each sequence gets 0
 * @returns one `[length]` array per sequence, in the order of the sequences
 * @throws RlloomError kind `unexpected` when the count differs
 */
export function unpackValues(
  { shape, places }: PackedRows,
  values: ArrayLike<number>,
  { firstToken = 0 }: UnpackOptions = {},
): Float32Array[] {
  const width = shape[1] - firstToken;
  if (values.length !== shape[0] * width) {
    throw new RlloomError('unexpected', {
      what: `${values.length} values for ${shape[0]} rows of ${width}`,
      fix: 'say with firstToken whether the values begin with the first or the second token of a row',
    });
  }
  const valueAt = (index: number): number => values[index] as number;
  return places.map(({ row, start, length }) =>
    Float32Array.from({ length }, (_, t) => (t < firstToken ? 0 : valueAt(row * width + start + t - firstToken))),
  );
}
