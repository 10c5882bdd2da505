import type { PolicyChoice } from './answer-call.ts';
import { type ChatAnswerContext, chatId, finishReason, tokenLogProbs, usageOf } from './chat-completions.ts';
import type { AnswerEvents } from './event-stream.ts';
import { pieces } from './pieces.ts';

interface Written {
  text: string;
  tokens: number;
}

/** Chat completions as chunks. */
export function createChatEvents(context: ChatAnswerContext & { readonly includeUsage: boolean }): AnswerEvents {
  const { model, created, tokenizer, withLogProbs, includeUsage } = context;
  const written = new Map<number, Written>();
  const chunk = (id: string, choices: readonly object[], usage: object | null = null): string =>
    lineOf({
      ...{ id: chatId(id), object: 'chat.completion.chunk', created, model, choices },
      ...(includeUsage && { usage }),
    });
  const choiceChunk = (id: string, choice: { readonly index: number; readonly delta: object }): string =>
    chunk(id, [{ logprobs: null, finish_reason: null, ...choice }]);
  const logProbsOf = (drawn: Parameters<typeof tokenLogProbs>[0]): object =>
    withLogProbs ? { logprobs: { content: tokenLogProbs(drawn, tokenizer), refusal: null } } : {};

  function* begin(id: string, index: number): Generator<string, Written, undefined> {
    const known = written.get(index);
    if (known !== undefined) return known;
    const fresh = { text: '', tokens: 0 };
    written.set(index, fresh);
    yield choiceChunk(id, { index, delta: { role: 'assistant', content: '' } });
    return fresh;
  }

  return {
    *part({ id, choice, text, tokens, logProbs }) {
      if (text === '' && !withLogProbs) return;
      const so = yield* begin(id, choice);
      so.text += text;
      so.tokens += tokens.length;
      yield choiceChunk(id, { index: choice, delta: { content: text }, ...logProbsOf({ tokens, logProbs }) });
    },
    *end(answer) {
      const { id } = answer;
      for (const [index, choice] of answer.choices.entries()) {
        const so = yield* begin(id, index);
        const { content, toolCalls = [] } = choice.message;
        const left = { tokens: choice.tokens.slice(so.tokens), logProbs: choice.logProbs.slice(so.tokens) };
        if (withLogProbs && left.tokens.length > 0)
          yield choiceChunk(id, { index, delta: { content: '' }, ...logProbsOf(left) });
        for (const piece of pieces(content.slice(so.text.length)))
          yield choiceChunk(id, { index, delta: { content: piece } });
        for (const delta of toolCalls.flatMap(callDeltas))
          yield choiceChunk(id, { index, delta: { tool_calls: [delta] } });
        yield choiceChunk(id, { index, delta: {}, ...{ finish_reason: finishReason(choice) } });
      }
      if (includeUsage) yield chunk(id, [], usageOf(answer));
      yield 'data: [DONE]\n\n';
    },
    *fail(error) {
      yield lineOf({ error });
    },
  };
}

type Calls = NonNullable<PolicyChoice['message']['toolCalls']>;

function callDeltas({ id, type, function: called }: Calls[number], index: number): object[] {
  const begun = { index, id, type, function: { name: called.name, arguments: '' } };
  return [begun, ...pieces(called.arguments).map((piece) => ({ index, function: { arguments: piece } }))];
}

function lineOf(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`;
}
