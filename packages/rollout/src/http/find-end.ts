import type { Tokenizer } from '@rlloom/spec';

/** What ends a generation. */
export interface EndConditions {
  readonly eosTokenIds: readonly number[];
  readonly stopStrings: readonly string[];
  readonly tokenizer: Pick<Tokenizer, 'decode'>;
}

/** Where a generation ends: it keeps the first `length` tokens. */
export interface GenerationEnd {
  readonly length: number;
  readonly reason: 'eos' | 'stop';
}

/**
 * The first end in new tokens: an end token, or the token that completes a stop string, whichever comes first. Servers
 * look for both in ways of their own; this one is the same for all.
 */
export function findEnd(tokens: readonly number[], conditions: EndConditions): GenerationEnd | undefined {
  const eosIndex = tokens.findIndex((token) => conditions.eosTokenIds.includes(token));
  const eos = eosIndex < 0 ? undefined : ({ length: eosIndex + 1, reason: 'eos' } as const);
  const stopLength = stopEnd(eos === undefined ? tokens : tokens.slice(0, eos.length), conditions);
  if (stopLength === undefined || (eos !== undefined && eos.length <= stopLength)) return eos;
  return { length: stopLength, reason: 'stop' };
}

// Fewest tokens whose text holds a stop string, by bisection: text only grows.
function stopEnd(tokens: readonly number[], { stopStrings, tokenizer }: EndConditions): number | undefined {
  if (stopStrings.length === 0) return undefined;
  const holds = (length: number): boolean => {
    const text = tokenizer.decode(tokens.slice(0, length));
    return stopStrings.some((string) => text.includes(string));
  };
  if (!holds(tokens.length)) return undefined;
  let low = 0;
  let high = tokens.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
