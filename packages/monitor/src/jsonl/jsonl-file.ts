import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { isRlloomError, RlloomError, toStorageError } from '@rlloom/spec';

/** One line of a file of a run. `kind` tells apart lines of one step. */
export interface RunLine {
  readonly stage: string;
  readonly step: number;
  readonly kind?: string;
  readonly [key: string]: unknown;
}

/** A file of lines that a run appends to and a resumed run continues. */
export interface JsonlFile {
  /** Drops the lines `keep` refuses and a torn last line, atomically. */
  keepOnly(keep: (line: RunLine) => boolean): Promise<void>;
  /** Adds lines of one step and kind; lines of that step and kind from before the last `keepOnly` give way to them. */
  append(lines: readonly RunLine[]): Promise<void>;
  /** Resolves when the disk has everything. */
  sync(): Promise<void>;
}

/**
 * A file of JSON lines. A line is on disk complete or torn at the very end, never in between.
 *
 * @throws RlloomError `storage` from every method when the file cannot be written: full disk, no permission
 */
export function createJsonlFile(path: string): JsonlFile {
  // What a resumed run may write a second time, since it was written after the same checkpoint.
  let kept = new Set<string>();

  async function rewrite(keep: (line: RunLine) => boolean): Promise<void> {
    const present = await stat(path).catch(() => undefined);
    if (present === undefined) return;
    const temporary = `${path}.tmp`;
    const output = createWriteStream(temporary, { flush: true });
    const written = finished(output);
    // A failure is reported below; without this it would count as unhandled while lines are still being read.
    written.catch(() => undefined);
    kept = new Set();
    for await (const line of readJsonlFile(path)) {
      if (!keep(line)) continue;
      kept.add(keyOf(line));
      if (!output.write(`${JSON.stringify(line)}\n`)) await Promise.race([drained(output), written]);
    }
    output.end();
    await written;
    await rename(temporary, path);
  }

  return {
    keepOnly: (keep) => guarded(path, () => rewrite(keep)),
    append: (lines) =>
      guarded(path, async () => {
        const [first] = lines;
        if (first === undefined) return;
        if (kept.has(keyOf(first))) await rewrite((line) => keyOf(line) !== keyOf(first));
        await mkdir(dirname(path), { recursive: true });
        await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      }),
    sync: () =>
      guarded(path, async () => {
        const present = await stat(path).catch(() => undefined);
        if (present === undefined) return;
        const file = await open(path, 'r+');
        try {
          await file.sync();
        } finally {
          await file.close();
        }
      }),
  };
}

/** The lines of a file in order; what is not a complete JSON object is passed over, a missing file has none. */
export async function* readJsonlFile(path: string): AsyncGenerator<RunLine> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    for await (const text of file.readLines({ autoClose: false })) {
      const line = parseLine(text);
      if (line !== undefined) yield line;
    }
  } finally {
    await file.close();
  }
}

/** Turns whatever a file operation throws into a `storage` error. */
export async function guarded<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw storageError(error, path);
  }
}

/** A `storage` error, also for failures that are not among the known ones. */
export function storageError(error: unknown, path: string): RlloomError {
  const known = toStorageError(error, path);
  if (isRlloomError(known)) return known;
  const reason = error instanceof Error ? error.message : String(error);
  return new RlloomError('storage', {
    what: `cannot be written: ${reason}`,
    where: path,
    fix: 'check the disk, then start again with --resume',
    cause: error,
  });
}

function parseLine(text: string): RunLine | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'stage' in value && 'step' in value
      ? (value as RunLine)
      : undefined;
  } catch {
    return undefined;
  }
}

function keyOf({ stage, step, kind }: RunLine): string {
  return `${stage} ${step} ${kind ?? ''}`;
}

function drained(output: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => output.once('drain', resolve));
}
