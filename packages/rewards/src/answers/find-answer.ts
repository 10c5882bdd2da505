/**
 * Where a text answer stands in a response. `all` = the whole response; `answer_tag` = inside the last closed
 * `<answer>…</answer>`; `boxed` = inside the last closed `\boxed{…}`; `phrase` = the rest of the line after the last
 * "answer is" or "answer:"; `last_line` = the last line that is not blank.
 */
export type TextAnswerSource = 'all' | 'answer_tag' | 'boxed' | 'phrase' | 'last_line';

/** Where to look, in order. */
export interface FindAnswerOptions {
  /** The first source that finds one counts. */
  readonly answerFrom: readonly TextAnswerSource[];
  /** Only text after its last occurrence counts, and without it there is no answer; `null` = all text. */
  readonly reasoningDelimiter: string | null;
}

/** The text of an answer, trimmed; `undefined` when no source has one. */
export function findAnswer(response: string, options: FindAnswerOptions): string | undefined {
  const text = afterReasoning(response, options.reasoningDelimiter);
  if (text === undefined) return undefined;
  for (const source of options.answerFrom) {
    const found = finders[source](text)?.trim();
    if (found !== undefined && found !== '') return found;
  }
  return undefined;
}

/** What follows the last delimiter; `undefined` where it is missing, all text where none is asked for. */
export function afterReasoning(text: string, delimiter: string | null): string | undefined {
  if (delimiter === null) return text;
  const at = text.lastIndexOf(delimiter);
  return at === -1 ? undefined : text.slice(at + delimiter.length);
}

/** The inside of the last `<tag>…</tag>`, pairs read from the left; one pass, however many tags there are. */
export function lastTagged(text: string, tag: string): string | undefined {
  const [opens, closes] = [`<${tag}>`, `</${tag}>`];
  let last: string | undefined;
  for (let from = 0; ; ) {
    const open = text.indexOf(opens, from);
    const close = open === -1 ? -1 : text.indexOf(closes, open + opens.length);
    if (close === -1) return last;
    last = text.slice(open + opens.length, close);
    from = close + closes.length;
  }
}

/** The inside of the last `\boxed{…}` or `\fbox{…}` that is closed. */
export function lastBoxed(text: string): string | undefined {
  const stack: (number | undefined)[] = [];
  let last: string | undefined;
  let lastStart = -1;
  for (let at = 0; at < text.length; at += 1) {
    const command = text[at] === '\\' ? boxCommands.find((one) => text.startsWith(one, at)) : undefined;
    if (command !== undefined) {
      at += command.length - 1;
      stack.push(at + 1);
    } else if (text[at] === '{') stack.push(undefined);
    else if (text[at] === '}') {
      const start = stack.pop();
      if (start === undefined || start < lastStart) continue;
      [last, lastStart] = [text.slice(start, at), start];
    }
  }
  return last;
}

const boxCommands = ['\\boxed{', '\\fbox{'];

const finders: Readonly<Record<TextAnswerSource, (text: string) => string | undefined>> = {
  all: (text) => text,
  answer_tag: (text) => lastTagged(text, 'answer'),
  boxed: lastBoxed,
  phrase: (text) => {
    const last = [...text.matchAll(/\banswer(?:\s{1,9}is|\s{0,9}[:：])/giu)].at(-1);
    if (last === undefined) return undefined;
    const rest = text.slice(last.index + last[0].length).trimStart();
    return (rest.split('\n', 1)[0] ?? '').replace(/^[:\s*"'“]{1,9}/u, '').replace(/[\s*."'”]{1,9}$/u, '');
  },
  last_line: (text) => text.trimEnd().split('\n').at(-1),
};
