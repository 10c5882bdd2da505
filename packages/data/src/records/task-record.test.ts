import type { Task } from '@rlloom/spec';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { taskFromRecord, taskRecordSchema, toRecord } from './task-record.ts';

const text = fc
  .string({ minLength: 1, unit: 'grapheme' })
  .filter((one) => !/^\s*[{[\]}"\d-]/.test(one) && one.trim() !== '');
const task: fc.Arbitrary<Task> = fc.record(
  {
    id: text,
    tag: text,
    messages: fc.array(
      fc.record(
        { role: fc.constantFrom('system', 'user', 'assistant', 'tool'), content: fc.string(), name: text },
        { requiredKeys: ['role', 'content'] },
      ),
      { minLength: 1 },
    ),
    difficulty: fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
    groundTruth: fc.record({ finalAnswer: text, steps: fc.array(fc.string()) }, { requiredKeys: ['finalAnswer'] }),
    testCases: fc.array(fc.record({ input: fc.string(), expectedOutput: fc.string() })),
    caseType: text,
    evaluationCriteria: text,
    images: fc.array(fc.string()),
    extra: fc.record({ level: fc.integer(), source: text }),
  },
  { requiredKeys: ['id', 'tag', 'messages'] },
);

it('reads back what toRecord wrote, through JSON', () => {
  fc.assert(
    fc.property(task, (original) => {
      const written: unknown = JSON.parse(JSON.stringify(toRecord(original)));
      const read = taskFromRecord(taskRecordSchema.parse(written), { file: 'a.jsonl', line: 3 });
      expect(read).toEqual({ ...original, source: { file: 'a.jsonl', line: 3 } });
    }),
  );
});
