import { RlloomError, type Task, type TaskSource } from '@rlloom/spec';
import type { z } from 'zod';
import { rawRecords } from './raw-records.ts';
import { addProblems, badRecordsError, type ProblemList, type RecordProblem } from './record-problem.ts';
import { taskFromRecord, taskRecordSchema } from './task-record.ts';

/** What `readTasks` found. */
export interface ReadTasksResult {
  /** In the order of the files and of the records in them. */
  readonly tasks: Task[];
  /** What is wrong with the records that were left out; the first 1000, see `problemCount`. */
  readonly bad: RecordProblem[];
  /** Records left out. */
  readonly badRecords: number;
  /** Problems found in them; a record can have several. */
  readonly problemCount: number;
}

/** How records are read. */
export interface ReadTasksOptions {
  /** Whether a bad record is an error (default) or left out. */
  readonly onBadRecord?: 'error' | 'skip';
  /** Makes a record of what a line holds, before it is checked: for files of another layout. */
  readonly complete?: (record: unknown, place: TaskSource) => unknown;
}

/**
 * Reads records from `.json` (array) and `.jsonl` files, each also `.gz`, into tasks. Every record is looked at
 * before anything is reported, and every problem is named by file, line and field. A second record with the same
 * id is a problem, also across files.
 *
 * @param files paths, read in this order
 * @param options.onBadRecord `error` (default): any bad record is an error that lists them all; `skip`: they are
 *   left out and returned in `bad`
 * @param options.complete makes a record of what a line holds, before it is checked: for files of another layout
 * @throws RlloomError `data`: bad records, no usable record, a missing, empty or damaged file
 */
export async function readTasks(files: readonly string[], options: ReadTasksOptions = {}): Promise<ReadTasksResult> {
  const { onBadRecord = 'error', complete = (record: unknown) => record } = options;
  if (files.length === 0) {
    throw new RlloomError('data', { what: 'no data file is named', fix: 'list at least one .jsonl or .json file' });
  }
  const tasks: Task[] = [];
  const firstPlaceOfId = new Map<string, string>();
  const list: ProblemList = { problems: [], problemCount: 0, badRecords: 0 };
  for (const file of files) {
    const recordsBefore = tasks.length + list.badRecords;
    for await (const raw of rawRecords(file)) {
      const { line } = raw;
      if ('problem' in raw) {
        addProblems(list, [{ file, line, field: '', message: raw.problem }]);
        continue;
      }
      const record = complete(raw.value, { file, line });
      const parsed = taskRecordSchema.safeParse(record);
      if (!parsed.success) {
        addProblems(list, problemsOf(parsed.error, record, { file, line }));
        continue;
      }
      const { id } = parsed.data;
      const firstPlace = firstPlaceOfId.get(id);
      if (firstPlace !== undefined) {
        addProblems(list, [{ file, line, field: 'id', message: `"${id}" is taken by ${firstPlace}` }]);
        continue;
      }
      firstPlaceOfId.set(id, `${file}:${line}`);
      tasks.push(taskFromRecord(parsed.data, { file, line }));
    }
    if (tasks.length + list.badRecords === recordsBefore) {
      throw new RlloomError('data', { what: 'the file has no records', where: file, fix: 'leave it out or fill it' });
    }
  }
  const recordCount = tasks.length + list.badRecords;
  if (tasks.length === 0) throw badRecordsError(list, recordCount, 'compare a record with the format in the docs');
  if (list.badRecords > 0 && onBadRecord !== 'skip') {
    throw badRecordsError(list, recordCount, 'mend the records, or leave them out with data.on_bad_record: skip');
  }
  return { tasks, bad: list.problems, badRecords: list.badRecords, problemCount: list.problemCount };
}

function problemsOf(error: z.ZodError, value: unknown, place: { file: string; line: number }): RecordProblem[] {
  return error.issues.map((issue) => ({
    ...place,
    field: fieldName(issue.path),
    message: valueAt(value, issue.path) === undefined ? 'is missing' : lowerFirst(issue.message),
  }));
}

function fieldName(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const part of path) {
    // A field that held JSON text: the path goes on inside it, the message says what is wrong there.
    if (typeof inner === 'string') return inner;
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = (inner as Record<PropertyKey, unknown>)[part];
  }
  return inner;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
