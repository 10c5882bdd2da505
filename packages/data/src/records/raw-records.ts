import { RlloomError } from '@rlloom/spec';
import { type FileFormat, fileFormat, openFile } from './open-file.ts';
import { readLines } from './read-lines.ts';

/** A record before validation, or why there is none. */
export type RawRecord =
  | { readonly line: number; readonly value: unknown }
  | { readonly line: number; readonly problem: string };

/**
 * The records of one `.json` (array) or `.jsonl` file, each also `.gz`. Blank lines, CRLF and a byte-order mark are
 * accepted. A damaged file is a `data` error; a damaged line is a record with a `problem`.
 */
export async function* rawRecords(file: string): AsyncGenerator<RawRecord> {
  const format = fileFormat(file);
  if (format.layout === 'lines') yield* recordsOfLines(file, format);
  else yield* recordsOfArray(file, format);
}

async function* recordsOfLines(file: string, format: FileFormat): AsyncGenerator<RawRecord> {
  for await (const { line, bytes, tooLong } of readLines(openFile(file, format))) {
    if (tooLong) {
      yield { line, problem: 'the line is longer than 256 MiB' };
      continue;
    }
    if (line === 1) refuseUtf16(file, bytes);
    const text = decode(bytes);
    if (text === undefined) {
      yield { line, problem: 'is not valid UTF-8' };
      continue;
    }
    if (text.trim() === '') continue;
    try {
      yield { line, value: JSON.parse(text) as unknown };
    } catch (error) {
      yield { line, problem: `is not JSON: ${message(error)}` };
    }
  }
}

async function* recordsOfArray(file: string, format: FileFormat): AsyncGenerator<RawRecord> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of openFile(file, format)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  refuseUtf16(file, bytes);
  const text = decode(bytes);
  if (text === undefined) {
    throw new RlloomError('data', { what: 'the file is not valid UTF-8', where: file, fix: 'save it as UTF-8' });
  }
  if (text.trim() === '') return;
  let array: unknown;
  try {
    array = JSON.parse(text);
  } catch (error) {
    throw new RlloomError('data', {
      what: `the file is not JSON: ${message(error)}`,
      where: file,
      fix: 'a .json file holds one array of records; name it .jsonl if it has one record per line',
      cause: error,
    });
  }
  if (!Array.isArray(array)) {
    throw new RlloomError('data', {
      what: 'the file holds one value, not an array of records',
      where: file,
      fix: 'wrap the records in [ ], or name the file .jsonl if it has one record per line',
    });
  }
  for (const [index, value] of array.entries()) yield { line: index + 1, value: value as unknown };
}

// The decoder also drops a byte-order mark.
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refuseUtf16(file: string, bytes: Uint8Array): void {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark !== 0xfffe && mark !== 0xfeff) return;
  throw new RlloomError('data', { what: 'the file is UTF-16', where: file, fix: 'save it as UTF-8' });
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
