import type { Task } from '@rlloom/spec';

const fields = ['test', 'tests', 'test_code', 'assert_code', 'test_list', 'assert_list'];

/** Whether a record has something a program can be run against, in one of the forms `readCodeTask` reads. */
export function hasProgramTests({ testCases, extra, groundTruth }: Task): boolean {
  return (
    (testCases ?? []).length > 0 ||
    fields.some((field) => extra?.[field] != null) ||
    groundTruth?.finalAnswer.trimStart().startsWith('{') === true
  );
}
