import {
  byteOfToken,
  cleanUpSpaces,
  type DecoderOptions,
  type DecoderStep,
  decodeUtf8,
  decoderSteps,
  textOfRun,
  type TokenBytes,
  tokenDecoder,
} from './decoders.ts';

/** Where a stream of tokens stands: plain data, never changed. */
export interface DecodeState {
  /** What each step holds back: bytes of an unfinished character, text that may still change. */
  readonly held: readonly HeldPart[];
}

/** What one step of decoding holds back. */
export interface HeldPart {
  readonly isFirst: boolean;
  readonly text: string;
  readonly bytes: readonly number[];
  /** How much a strip has still to remove at the start. */
  readonly count: number;
}

/** Turns tokens into text as they come. */
export interface DecodeStream {
  readonly start: DecodeState;
  /** The text that is certain now, whole characters only, and where the stream stands after it. */
  push(state: DecodeState, tokens: ArrayLike<number>): { readonly text: string; readonly state: DecodeState };
  /** What was held back, once no token follows. */
  end(state: DecodeState): string;
}

/** What {@link createDecodeStream} needs. */
export interface DecodeStreamParts {
  /** Without one, tokens are joined by spaces. */
  readonly decoder: DecoderOptions | undefined;
  /** The token of an id, `undefined` for one to leave out. */
  readonly tokenOf: (id: number) => string | undefined;
  readonly bytesOf: TokenBytes;
  /** Spaces before English punctuation go. */
  readonly cleansUp: boolean;
}

/** One step: what it lets through and what it holds back. `tokens` that are parts of one text may be cut anywhere. */
interface StreamStep {
  push(held: HeldPart, token: string): { readonly out: readonly string[]; readonly held: HeldPart };
  end(held: HeldPart): readonly string[];
}

const nothingHeld: HeldPart = { isFirst: true, text: '', bytes: [], count: 0 };

/** The machine whose parts of text together equal the text of all tokens. */
export function createDecodeStream({ decoder, tokenOf, bytesOf, cleansUp }: DecodeStreamParts): DecodeStream {
  const steps = decoder === undefined ? [spaceBetween] : createSteps(decoderSteps(decoder), bytesOf);
  if (cleansUp) steps.push(cleanUp);

  // The tokens go through the steps from `from` on; `held` is written in place, as a copy of the state.
  const run = (held: HeldPart[], from: number, tokens: readonly string[]): readonly string[] =>
    steps.slice(from).reduce<readonly string[]>(
      (parts, step, index) =>
        parts.flatMap((part) => {
          const result = step.push(held[from + index] as HeldPart, part);
          held[from + index] = result.held;
          return result.out;
        }),
      tokens,
    );

  return {
    start: { held: steps.map(() => nothingHeld) },
    push(state, ids) {
      const held = [...state.held];
      const tokens = Array.from(ids, tokenOf).filter((token) => token !== undefined);
      return { text: run(held, 0, tokens).join(''), state: { held } };
    },
    end(state) {
      const held = [...state.held];
      return steps.flatMap((step, index) => [...run(held, index + 1, step.end(held[index] as HeldPart))]).join('');
    },
  };
}

function createSteps(options: readonly DecoderStep[], bytesOf: TokenBytes): StreamStep[] {
  // After these everything is one text, which later steps see in pieces.
  const fused = options.findIndex(({ type }) => type === 'Fuse' || type === 'ByteLevel');
  return options.map((step, index) =>
    step.type === 'ByteLevel' ? byteLevel(bytesOf) : createTextStep(step, fused >= 0 && index > fused),
  );
}

type TextStep = Exclude<DecoderStep, { readonly type: 'ByteLevel' }>;

function createTextStep(step: TextStep, isOneText: boolean): StreamStep {
  switch (step.type) {
    case 'ByteFallback':
      return byteRuns;
    case 'Fuse':
      return { push: (held, token) => ({ out: [token], held }), end: () => [] };
    case 'Strip':
      return isOneText ? stripText(step) : wholeTokens((token) => stripToken(token, step));
    case 'Replace':
    case 'Metaspace':
    case 'WordPiece': {
      const each = tokenDecoder(step);
      return isOneText ? atTheEnd((text) => each(text, true)) : wholeTokens(each);
    }
    case 'BPEDecoder':
      return isOneText ? atTheEnd((text) => text.replaceAll(step.suffix, '')) : lastTokenApart(step.suffix);
  }
}

const wholeTokens = (each: (token: string, isFirst: boolean) => string): StreamStep => ({
  push: (held, token) => ({ out: [each(token, held.isFirst)], held: { ...held, isFirst: false } }),
  end: () => [],
});

const spaceBetween = wholeTokens((token, isFirst) => (isFirst ? token : ` ${token}`));

// A pattern may match across pieces, so nothing is certain before the end.
const atTheEnd = (all: (text: string) => string): StreamStep => ({
  push: (held, token) => ({ out: [], held: { ...held, text: held.text + token } }),
  end: ({ text }) => [all(text)],
});

const byteLevel = (bytesOf: TokenBytes): StreamStep => ({
  push(held, token) {
    const bytes = [...held.bytes, ...bytesOf(token)];
    const whole = bytes.length - unfinishedBytes(bytes);
    return { out: [decodeUtf8(bytes.slice(0, whole))], held: { ...held, bytes: bytes.slice(whole) } };
  },
  end: ({ bytes }) => [decodeUtf8(bytes)],
});

/** How many bytes at the end begin a character that more bytes could finish. */
function unfinishedBytes(bytes: readonly number[]): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const lead = bytes[bytes.length - length] as number;
    if (lead < 0x80) return 0;
    if (lead < 0xc0) continue;
    const needed = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length >= needed) return 0;
    return length === 1 || isSecondByte(lead, bytes[bytes.length - length + 1] as number) ? length : 0;
  }
  return 0;
}

// Overlong forms, surrogates and what lies beyond Unicode are no characters from their second byte on.
function isSecondByte(lead: number, byte: number): boolean {
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= lowest && byte <= highest;
}

// One wrong byte changes all of its run, so a run waits for its end.
const byteRuns: StreamStep = {
  push(held, token) {
    const byte = byteOfToken(token);
    if (byte !== undefined) return { out: [], held: { ...held, bytes: [...held.bytes, byte] } };
    return { out: [...textOfRun(held.bytes), token], held: { ...held, bytes: [] } };
  },
  end: ({ bytes }) => textOfRun(bytes),
};

const lastTokenApart = (suffix: string): StreamStep => ({
  push: (held, token) => ({
    out: held.isFirst ? [] : [held.text.replaceAll(suffix, ' ')],
    held: { ...held, isFirst: false, text: token },
  }),
  end: ({ text }) => [text.replaceAll(suffix, '')],
});

const stripToken = (token: string, step: DecoderStep & { readonly type: 'Strip' }): string => {
  const stream = stripText(step);
  const { out, held } = stream.push(nothingHeld, token);
  return [...out, ...stream.end(held)].join('');
};

// `count` characters are gone at the start; up to `stop` at the end are held, for they may be the last ones.
function stripText({ content, start, stop }: DecoderStep & { readonly type: 'Strip' }): StreamStep {
  return {
    push(held, token) {
      let { count, isFirst } = held;
      let text = token;
      while (isFirst && text !== '') {
        if (count < start && text.startsWith(content)) {
          text = text.slice(content.length);
          count += 1;
        } else {
          isFirst = false;
        }
      }
      const whole = held.text + text;
      let kept = whole.length;
      for (let i = 0; i < stop && kept > 0 && whole.startsWith(content, kept - content.length); i++) {
        kept -= content.length;
      }
      return { out: [whole.slice(0, kept)], held: { ...held, count, isFirst, text: whole.slice(kept) } };
    },
    end: () => [],
  };
}

// What the clean-up changes starts with a space; only these characters may stand before the last one of it.
const cleanUp: StreamStep = {
  push(held, token) {
    const text = held.text + token;
    const certain = text.length - (/[ 'nvr]*$/.exec(text)?.[0].length ?? 0);
    return { out: [cleanUpSpaces(text.slice(0, certain))], held: { ...held, text: text.slice(certain) } };
  },
  end: ({ text }) => [cleanUpSpaces(text)],
};
