import type { Message, StopReason, Tokenizer } from '@rlloom/spec';
import { endOfExact, endOfSpaced } from './align-text.ts';
import { isSameAnswer } from './same-answer.ts';

/** What a policy answered to one call. */
export interface SampledAnswer {
  readonly message: Message;
  readonly tokens: Int32Array;
  readonly logProbs: Float32Array;
  readonly policyVersions: Int32Array;
  readonly stopReason: StopReason;
  /** How many of the tokens make the text up to a stop string, where tokens part there. */
  readonly tokensBeforeStop?: number;
}

/** One answer of the policy with what it was asked beyond the answer before. */
export interface RecordedCall {
  /** Id the answer was given under. */
  readonly id: string;
  /** Its place among all answers of the session. */
  readonly order: number;
  readonly parent: RecordedCall | undefined;
  /** How many of the parent's tokens its history holds. */
  readonly keptOfParent: number;
  /** What is between the parent's answer and this one. */
  readonly askedTokens: Int32Array;
  readonly askedText: string;
  /** The whole conversation that was answered. */
  readonly messages: readonly Message[];
  readonly answer: SampledAnswer;
  /** Ways in which a history may show the answer. */
  readonly endings: readonly Ending[];
}

interface Ending {
  readonly text: string;
  readonly tokens: number;
}

/** A prompt, with the calls it goes on from. */
export interface CallPlan {
  readonly parent: RecordedCall | undefined;
  readonly keptOfParent: number;
  readonly askedTokens: Int32Array;
  readonly askedText: string;
  readonly messages: readonly Message[];
  /** What the policy continues: tokens it sampled before stand in it as they were sampled. */
  readonly promptTokens: Int32Array;
}

/** The calls of one session: each goes on from an earlier one where its prompt does. */
export interface CallTree {
  /** All calls, in the order they were answered. */
  readonly calls: readonly RecordedCall[];
  /** Finds what a prompt goes on from, and its tokens. */
  plan(prompt: { readonly text: string; readonly messages: readonly Message[] }): CallPlan;
  /** Keeps an answer. */
  add(plan: CallPlan, answer: { readonly id: string } & SampledAnswer): RecordedCall;
  /** Takes an answer back that nobody got; without effect when a later call goes on from it. */
  remove(call: RecordedCall): void;
}

/**
 * An empty record. A prompt goes on from an earlier answer when its messages hold that answer and the rendered text
 * shows it: what the policy wrote may have other spaces there, all else must be equal. Then the prompt's tokens are
 * those recorded and the tokens of what is new; otherwise it begins by itself.
 */
export function createCallTree(
  tokenizer: Pick<Tokenizer, 'encode' | 'decode' | 'tokenText' | 'eosTokenIds'>,
): CallTree {
  const calls: RecordedCall[] = [];
  const encode = (text: string): Int32Array => tokenizer.encode(text, { addSpecialTokens: false });
  let answered = 0;

  const plan: CallTree['plan'] = ({ text, messages }) => {
    const found = longest(calls, { text, messages });
    if (found === undefined) {
      const promptTokens = encode(text);
      return {
        ...{ parent: undefined, keptOfParent: 0, askedTokens: promptTokens, askedText: text },
        ...{ messages, promptTokens },
      };
    }
    const { call: parent, kept: keptOfParent, end } = found;
    const context = historyTokens(parent, keptOfParent);
    const askedText = text.slice(end);
    const askedTokens = tailTokens(tokenizer, { context, before: text.slice(0, end), after: askedText });
    return {
      ...{ parent, keptOfParent, askedTokens, askedText, messages },
      promptTokens: joined([context, askedTokens]),
    };
  };

  return {
    calls,
    plan,
    add(planned, { id, ...answer }) {
      const { promptTokens: _, ...asked } = planned;
      const call: RecordedCall = { id, order: answered, ...asked, answer, endings: endingsOf(tokenizer, answer) };
      answered += 1;
      calls.push(call);
      return call;
    },
    remove(call) {
      const index = calls.indexOf(call);
      if (index >= 0 && !calls.some(({ parent }) => parent === call)) calls.splice(index, 1);
    },
  };
}

/** The tokens of a conversation up to the first `kept` tokens of a call's answer. */
function historyTokens(call: RecordedCall, kept: number): Int32Array {
  const parts: Int32Array[] = [];
  let until = kept;
  for (let each: RecordedCall | undefined = call; each !== undefined; each = each.parent) {
    parts.unshift(each.askedTokens, each.answer.tokens.subarray(0, until));
    until = each.keptOfParent;
  }
  return joined(parts);
}

interface Match {
  readonly call: RecordedCall;
  readonly kept: number;
  readonly end: number;
}

interface Wanted {
  readonly text: string;
  readonly messages: readonly Message[];
}

// The call with the longest conversation that the prompt goes on from; of equals the last.
function longest(calls: readonly RecordedCall[], wanted: Wanted): Match | undefined {
  const children = new Map<RecordedCall | undefined, RecordedCall[]>();
  for (const call of calls) {
    const siblings = children.get(call.parent);
    if (siblings === undefined) children.set(call.parent, [call]);
    else siblings.push(call);
  }
  let best: Match | undefined;
  let reached: (Match | undefined)[] = [undefined];
  while (reached.length > 0) {
    best = reached.at(-1) ?? best;
    reached = reached.flatMap((from) =>
      (children.get(from?.call) ?? []).flatMap((call) => matches(call, from, wanted)),
    );
  }
  return best;
}

function matches(call: RecordedCall, from: Match | undefined, { text, messages }: Wanted): readonly Match[] {
  if (from !== undefined && from.kept !== call.keptOfParent) return [];
  if (call.answer.tokens.length === 0 || call.messages.length >= messages.length) return [];
  if (!isSameAnswer(messages[call.messages.length], call.answer.message)) return [];
  const start = endOfExact(text, from?.end ?? 0, call.askedText);
  if (start === undefined) return [];
  for (const endOf of [endOfExact, endOfSpaced]) {
    for (const { text: shown, tokens } of call.endings) {
      const end = endOf(text, start, shown);
      if (end !== undefined && end < text.length) return [{ call, kept: tokens, end }];
    }
  }
  return [];
}

// As it was sampled; without the end token, which some templates leave out; without the stop string, which agents do
// not see.
function endingsOf(
  tokenizer: Pick<Tokenizer, 'decode' | 'eosTokenIds'>,
  { tokens, stopReason, tokensBeforeStop }: SampledAnswer,
): readonly Ending[] {
  const lengths = [tokens.length];
  if (tokenizer.eosTokenIds.includes(tokens.at(-1) ?? -1)) lengths.push(tokens.length - 1);
  if (stopReason === 'stop' && tokensBeforeStop !== undefined) lengths.push(tokensBeforeStop);
  return lengths
    .filter((length) => length > 0)
    .map((length) => ({ text: tokenizer.decode(tokens.subarray(0, length)), tokens: length }));
}

interface Tail {
  readonly context: Int32Array;
  readonly before: string;
  readonly after: string;
}

// Tokenized behind an end token, at which texts part; without one cut from the tokens of the whole where they part at
// the same place. So words are split as they are inside of a text.
function tailTokens(
  tokenizer: Pick<Tokenizer, 'encode' | 'tokenText' | 'eosTokenIds'>,
  { context, before, after }: Tail,
): Int32Array {
  const { eosTokenIds } = tokenizer;
  const encode = (text: string): Int32Array => tokenizer.encode(text, { addSpecialTokens: false });
  const last = context.at(-1) ?? -1;
  if (eosTokenIds.includes(last) && before.endsWith(tokenizer.tokenText(last))) {
    const tokens = encode(tokenizer.tokenText(last) + after);
    if (tokens[0] === last && tokens.length > 1) return tokens.slice(1);
  }
  const full = encode(before + after);
  if (startsWith(full, context)) return full.slice(context.length);
  const beginning = encode(before);
  return startsWith(full, beginning) ? full.slice(beginning.length) : encode(after);
}

function startsWith(tokens: Int32Array, beginning: Int32Array): boolean {
  return tokens.length > beginning.length && beginning.every((token, index) => token === tokens[index]);
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
