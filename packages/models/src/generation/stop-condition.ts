import { RlloomError, type SamplingParameters, type StopReason, type Tokenizer } from '@rlloom/spec';

/** Whether new tokens end here, and why. */
export type StopCondition = (tokens: readonly number[]) => StopReason | undefined;

/**
 * When a generation ends, in this order: an end token, a stop string in the decoded text, the token budget. The token
 * that ends it is part of the result.
 *
 * @param sampling what ends it
 * @param options.eosTokenIds end tokens where `sampling` names none
 * @param options.tokenizer needed for stop strings
 * @throws RlloomError kind `config` for stop strings without a tokenizer
 */
export function stopCondition(
  sampling: SamplingParameters,
  options: { readonly eosTokenIds: readonly number[]; readonly tokenizer?: Tokenizer | undefined },
): StopCondition {
  const endTokens = new Set(sampling.eosTokenIds ?? options.eosTokenIds);
  const hasStopString = stopStringCheck(sampling.stopStrings ?? [], options.tokenizer);
  return (tokens) => {
    if (endTokens.has(tokens.at(-1) ?? -1)) return 'eos';
    if (hasStopString(tokens)) return 'stop';
    return tokens.length >= sampling.maxNewTokens ? 'length' : undefined;
  };
}

function stopStringCheck(
  stopStrings: readonly string[],
  tokenizer: Tokenizer | undefined,
): (tokens: readonly number[]) => boolean {
  const strings = stopStrings.filter((text) => text !== '');
  if (strings.length === 0) return () => false;
  if (tokenizer === undefined) {
    throw new RlloomError('config', {
      what: 'stop strings need a tokenizer',
      where: 'generate',
      fix: 'pass options.tokenizer',
    });
  }
  // A token is at least one byte of text, so a match that ends now lies within this many tokens; the rest is slack
  // for special tokens and for decoders that drop a leading space.
  const reach = Math.max(...strings.map((text) => Buffer.byteLength(text))) + 8;
  return (tokens) => {
    const text = tokenizer.decode(tokens.slice(-reach));
    return strings.some((string) => text.includes(string));
  };
}
