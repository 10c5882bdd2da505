import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** A record as `rlloom` reads it, and what a right answer to it looks like. */
export interface Example {
  readonly record: {
    readonly id: string;
    readonly tag: 'math' | 'code' | 'judge';
    readonly messages: readonly { readonly role: 'user'; readonly content: string }[];
    readonly ground_truth?: { readonly final_answer: string; readonly steps?: readonly string[] };
    readonly [field: string]: unknown;
  };
  readonly answer: string;
}

/** A row of GSM8K: `answer` has the solution with its calculations in `<<48/2=24>>`, then `#### 24`. */
export interface Gsm8kRow {
  readonly question: string;
  readonly answer: string;
}

/** A row of MBPP. */
export interface MbppRow {
  readonly task_id: number;
  readonly text: string;
  readonly code: string;
  readonly test_list: readonly string[];
  readonly test_setup_code: string;
}

/** A row of ROLL's set for judges; `messages` is JSON in a text. */
export interface JudgeRow {
  readonly id: string;
  readonly messages: string;
  readonly ground_truth: string;
}

/** Mathematics: the final answer, and the calculations as the steps of the solution. */
export function mathExample({ question, answer }: Gsm8kRow, index: number): Example {
  const steps = [...answer.matchAll(/<<([^<>]+)>>/g)].map(([, step = '']) => step.replaceAll(' ', ''));
  const finalAnswer = (answer.split('####')[1] ?? '').trim().replaceAll(',', '');
  return {
    record: {
      ...{ id: `math-${index}`, tag: 'math', messages: [{ role: 'user', content: oneLine(question) }] },
      ground_truth: { final_answer: finalAnswer, steps },
    },
    answer: [...steps, `#### ${finalAnswer}`].join('\n'),
  };
}

/** A program: `code_sandbox` runs it against `test_list`. The question names the function, as the tests call it. */
export function codeExample(row: MbppRow): Example {
  const { task_id, text, test_list, test_setup_code } = row;
  return {
    record: {
      ...{ id: `code-${task_id}`, tag: 'code', language: 'python', test_list, test_setup_code },
      messages: [{ role: 'user', content: `${oneLine(text)} Name: ${functionName(row)}` }],
      code: tidy(row.code),
    },
    answer: tidy(row.code),
  };
}

/** A question whose answer a judge compares with the reference. The system message, the same in all rows, is left out. */
export function judgeExample({ id, messages, ground_truth }: JudgeRow): Example {
  const { content } = (JSON.parse(messages) as { role: string; content: string }[]).at(-1)!;
  return {
    record: {
      ...{ id: `judge-${id}`, tag: 'judge', messages: [{ role: 'user', content: oneLine(content) }] },
      ground_truth: { final_answer: ground_truth.trim() },
      evaluation_criteria: 'The answer says what the reference says, and nothing else.',
    },
    answer: ground_truth.trim(),
  };
}

/** Examples that are short enough for a small model, `count` of each domain, out of the files of a folder. */
export async function readExamples(folder: string, count: number): Promise<Example[]> {
  const math = await shortest<Gsm8kRow>(join(folder, 'gsm8k_train.jsonl.gz'), mathExample, count);
  // 11 to 510 are the test split of MBPP.
  const code = await shortest<MbppRow>(
    join(folder, 'mbpp.jsonl.gz'),
    (row) => (row.task_id > 510 && /^def \w+\([^]*$/.test(row.code) ? codeExample(row) : undefined),
    count,
  );
  const judge = await shortest<JudgeRow>(join(folder, 'roll_llm_judge_rlvr.jsonl.gz'), judgeExample, count);
  return [...math, ...code, ...judge];
}

async function shortest<Row>(
  file: string,
  convert: (row: Row, index: number) => Example | undefined,
  count: number,
): Promise<Example[]> {
  const found: Example[] = [];
  let index = 0;
  for await (const line of createInterface({ input: createReadStream(file).pipe(createGunzip()) })) {
    const example = convert(JSON.parse(line) as Row, index++);
    if (example !== undefined && isPlain(example)) found.push(example);
  }
  return found.sort((a, b) => lengthOf(a) - lengthOf(b)).slice(0, count);
}

// ASCII, with an answer of some length: one that is a letter or a word is guessed.
function isPlain({ record, answer }: Example): boolean {
  const words = answer.split(/\s+/).length;
  if (record.tag === 'judge' && (words < 2 || words > 3 || answer.length < 10)) return false;
  if (record.tag === 'math' && (record.ground_truth?.steps?.length ?? 0) < 2) return false;
  return /^[\n -~]+$/.test(questionOf({ record }) + answer) && answer.length <= 70;
}

// An answer is written letter by letter, a question is read word by word.
function lengthOf(example: Example): number {
  return 4 * example.answer.length + questionOf(example).length;
}

/** The question of an example. */
export function questionOf({ record }: Pick<Example, 'record'>): string {
  return record.messages[0]?.content ?? '';
}

function functionName({ test_list, code }: MbppRow): string {
  const names = [...code.matchAll(/def (\w+)\(/g)].map(([, name = '']) => name);
  return names.find((name) => test_list[0]?.includes(`${name}(`)) ?? names.at(-1) ?? '';
}

function tidy(code: string): string {
  const lines = code.replaceAll('\t', '    ').split(/\r?\n/);
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
