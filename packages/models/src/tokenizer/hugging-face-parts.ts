import * as library from '@huggingface/tokenizers';

/** What is used of `@huggingface/tokenizers`, whose own type files do not resolve in Node's module mode. */
interface Parts {
  readonly SplitPreTokenizer: new (options: object) => { readonly pattern: RegExp };
  readonly BPE: new (model: object) => MergingModel;
  readonly Unigram: new (model: object, endToken?: string) => LatticeModel;
  readonly WordPiece: new (model: object) => WordPieceModel;
}

/** Byte-pair merges. */
export interface MergingModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  /** The parts of a word after all merges; together they spell it. */
  bpe(word: string): readonly string[];
}

/** The most likely parts under a unigram model. */
export interface LatticeModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  /** Together they spell the text; unknown characters stand alone. */
  tokenize(text: string): readonly string[];
}

/** The longest known beginnings of what is left of a word. */
export interface WordPieceModel {
  readonly tokens_to_ids: ReadonlyMap<string, number>;
  encode(words: readonly string[]): readonly string[];
}

const { SplitPreTokenizer, BPE, Unigram, WordPiece } = library as unknown as Parts;

/** The regular expression of JavaScript that matches as Oniguruma does. */
export const translatePattern = (pattern: object): RegExp => new SplitPreTokenizer({ pattern, invert: true }).pattern;

/** A model of merges. */
export const createMergingModel = (model: object): MergingModel => new BPE(model);

/** A unigram model. */
export const createLatticeModel = (model: object): LatticeModel => new Unigram(model);

/** A WordPiece model. */
export const createWordPieceModel = (model: object): WordPieceModel => new WordPiece(model);
