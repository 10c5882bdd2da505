import type { GroundTruth, Message, Task, TaskSource } from '@rlloom/spec';
import { z } from 'zod';
import { fromJsonString, nullAsAbsent, numberFromString } from './lenient-fields.ts';

const toolCallSchema = z.object({
  id: z.string().describe('id that the tool message answers to'),
  type: z.literal('function').default('function').describe('kind of call'),
  function: z
    .object({
      name: z.string().min(1).describe('name of the function'),
      arguments: z.string().describe('arguments as JSON text'),
    })
    .describe('what is called'),
});

const messageSchema = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']).describe('who speaks'),
  content: z.preprocess((value) => value ?? '', z.string()).describe('what is said; null counts as empty'),
  name: nullAsAbsent(z.string()).describe('name of the speaker'),
  tool_calls: nullAsAbsent(z.array(toolCallSchema)).describe('tools the assistant calls'),
  tool_call_id: nullAsAbsent(z.string()).describe('the call a tool message answers'),
});

const answerSchema = z.union([z.string(), z.number().transform(String)], { error: 'must be text or a number' });

const groundTruthSchema = z.object({
  final_answer: answerSchema
    .refine((answer) => answer.trim() !== '', 'is empty')
    .describe('what the final answer must equal'),
  steps: nullAsAbsent(z.array(z.string())).describe('the steps of a reference solution'),
});

const testCaseSchema = z.object({
  input: z.string().describe('what the program reads'),
  expected_output: z.string().describe('what it must answer'),
});

/**
 * One line of a data file, keys as on disk. Keys beyond these are kept (`Task.extra`). Read leniently where data
 * sets differ in writing, not in meaning: `null` and empty text count as absent in optional fields; `messages`,
 * `ground_truth` and `test_cases` may be JSON text (as ROLL stores them); a `ground_truth` that is plain text or a
 * number is the final answer; `id` and `difficulty` may be number or text. Of a message, only the keys of
 * `Message` are read.
 */
export const taskRecordSchema = z.looseObject({
  id: z
    .union([z.string(), z.number().transform(String)], { error: 'must be text or a number' })
    .refine((id) => id !== '', 'is empty')
    .describe('unique in the data set'),
  messages: z
    .preprocess(fromJsonString, z.array(messageSchema).min(1, 'is empty'))
    .describe('the conversation the policy continues'),
  tag: z.string().min(1, 'is empty').describe('domain: rewards are routed by it'),
  difficulty: nullAsAbsent(z.preprocess(numberFromString, z.number())).describe('any scale, larger is harder'),
  ground_truth: nullAsAbsent(z.preprocess(groundTruthFromText, groundTruthSchema)).describe('the checkable result'),
  test_cases: nullAsAbsent(z.preprocess(fromJsonString, z.array(testCaseSchema))).describe('cases of a program'),
  case_type: nullAsAbsent(z.string()).describe('how test cases are run'),
  evaluation_criteria: nullAsAbsent(z.string()).describe('what a judge looks at'),
  images: nullAsAbsent(z.preprocess(fromJsonString, z.array(z.string()))).describe('paths or data URLs'),
});

/** A record as on disk, before reading. */
export type TaskRecord = z.input<typeof taskRecordSchema>;

type ParsedRecord = z.output<typeof taskRecordSchema>;

function groundTruthFromText(value: unknown): unknown {
  if (typeof value === 'number') return { final_answer: value };
  if (typeof value !== 'string') return value;
  return value.trimStart().startsWith('{') ? fromJsonString(value) : { final_answer: value };
}

/** The task of a record that `taskRecordSchema` has accepted. */
export function taskFromRecord(record: ParsedRecord, source: TaskSource): Task {
  const { id, messages, tag, difficulty, ground_truth, test_cases, case_type, evaluation_criteria, images, ...extra } =
    record;
  return {
    id,
    messages: messages.map(messageFromRecord),
    tag,
    ...(difficulty !== undefined && { difficulty }),
    ...(ground_truth !== undefined && { groundTruth: groundTruthFromRecord(ground_truth) }),
    ...(test_cases !== undefined && {
      testCases: test_cases.map((testCase) => ({ input: testCase.input, expectedOutput: testCase.expected_output })),
    }),
    ...(case_type !== undefined && { caseType: case_type }),
    ...(evaluation_criteria !== undefined && { evaluationCriteria: evaluation_criteria }),
    ...(images !== undefined && { images }),
    ...(Object.keys(extra).length > 0 && { extra }),
    source,
  };
}

function messageFromRecord(record: ParsedRecord['messages'][number]): Message {
  const { role, content, name, tool_calls, tool_call_id } = record;
  return {
    role,
    content,
    ...(name !== undefined && { name }),
    ...(tool_calls !== undefined && { toolCalls: tool_calls }),
    ...(tool_call_id !== undefined && { toolCallId: tool_call_id }),
  };
}

function groundTruthFromRecord(record: NonNullable<ParsedRecord['ground_truth']>): GroundTruth {
  return { finalAnswer: record.final_answer, ...(record.steps !== undefined && { steps: record.steps }) };
}

/**
 * The record of a task, keys as on disk: `JSON.stringify(toRecord(task))` is a line of a JSONL file that reads back
 * as the same task. `source` is not part of a record.
 *
 * @example
 * ```ts
 * const record = toRecord({ id: '1', tag: 'sum', messages: [], groundTruth: { finalAnswer: '4' } });
 * record.ground_truth; // => { final_answer: '4' }
 * ```
 */
export function toRecord(task: Task): TaskRecord {
  const { id, messages, tag, difficulty, groundTruth, testCases, caseType, evaluationCriteria, images, extra } = task;
  return {
    ...extra,
    id,
    messages: messages.map(({ role, content, name, toolCalls, toolCallId }) => ({
      role,
      content,
      ...(name !== undefined && { name }),
      ...(toolCalls !== undefined && { tool_calls: toolCalls }),
      ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    })),
    tag,
    ...(difficulty !== undefined && { difficulty }),
    ...(groundTruth !== undefined && {
      ground_truth: {
        final_answer: groundTruth.finalAnswer,
        ...(groundTruth.steps !== undefined && { steps: groundTruth.steps }),
      },
    }),
    ...(testCases !== undefined && {
      test_cases: testCases.map(({ input, expectedOutput }) => ({ input, expected_output: expectedOutput })),
    }),
    ...(caseType !== undefined && { case_type: caseType }),
    ...(evaluationCriteria !== undefined && { evaluation_criteria: evaluationCriteria }),
    ...(images !== undefined && { images }),
  };
}
