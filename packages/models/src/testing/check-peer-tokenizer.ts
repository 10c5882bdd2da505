import type { PretrainedTokenizer } from '../tokenizer/pretrained-tokenizer.ts';

/** What Python's tokenizers made of texts and tokens; `testing-data/make_tokenizers.py` writes it. */
export interface PeerTokenizer {
  /** tokenizer.json. */
  readonly tokenizer: object;
  readonly encodings: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    /** Start and end of each token in UTF-16 units. */
    readonly offsets: readonly number[];
    /** Special tokens that are added in front of the others. */
    readonly before?: readonly number[];
    /** Special tokens that are added after the others. */
    readonly after?: readonly number[];
  }[];
  readonly decodings: readonly {
    readonly ids: readonly number[];
    readonly text: string;
    /** Without special tokens. */
    readonly plain: string;
  }[];
}

/** One thing that came out differently. */
export interface Difference {
  readonly of: string;
  readonly input: string;
  readonly actual: unknown;
  readonly expected: unknown;
}

/** Everything in which the tokenizer differs from the peer. */
export function differencesFromPeer(tokenizer: PretrainedTokenizer, peer: PeerTokenizer): Difference[] {
  const found: Difference[] = [];
  const compare = (of: string, input: unknown, pair: { readonly actual: unknown; readonly expected: unknown }) => {
    if (JSON.stringify(pair.actual) === JSON.stringify(pair.expected)) return;
    found.push({ of, input: JSON.stringify(input), ...pair });
  };
  const nowhere = (ids: readonly number[]) => ids.flatMap(() => [0, 0]);
  for (const { text, ids, offsets, before = [], after = [] } of peer.encodings) {
    const plain = tokenizer.encodeWithOffsets(text, { addSpecialTokens: false });
    compare('ids', text, { actual: [...plain.tokens], expected: ids });
    compare('offsets', text, { actual: plain.offsets.flat(), expected: offsets });
    const full = tokenizer.encodeWithOffsets(text);
    compare('ids with special tokens', text, { actual: [...full.tokens], expected: [...before, ...ids, ...after] });
    compare('offsets with special tokens', text, {
      actual: full.offsets.flat(),
      expected: [...nowhere(before), ...offsets, ...nowhere(after)],
    });
  }
  for (const { ids, text, plain } of peer.decodings) {
    compare('text', ids, { actual: tokenizer.decode(ids), expected: text });
    compare('plain', ids, { actual: tokenizer.decode(ids, { skipSpecialTokens: true }), expected: plain });
  }
  return found;
}
