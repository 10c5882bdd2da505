import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { RlloomError } from '@rlloom/spec';

/** How the records of a file are laid out, by its name. */
export interface FileFormat {
  readonly layout: 'array' | 'lines';
  readonly compressed: boolean;
}

/** The format that the name of a file promises; a `data` error where it is none of ours. */
export function fileFormat(file: string): FileFormat {
  const match = /\.(json|jsonl)(\.gz)?$/i.exec(file);
  if (match === null) {
    throw new RlloomError('data', {
      what: 'the name does not say what the file is',
      where: file,
      fix: 'name it .jsonl (one record per line) or .json (an array of records), each also with .gz',
    });
  }
  return { layout: match[1]?.toLowerCase() === 'json' ? 'array' : 'lines', compressed: match[2] !== undefined };
}

/** The bytes of a file, unpacked. What goes wrong on the way comes as a `data` error that names the file. */
export async function* openFile(file: string, format: FileFormat): AsyncGenerator<Uint8Array> {
  const source = createReadStream(file);
  const stream = format.compressed ? source.pipe(createGunzip()) : source;
  // `pipe` does not forward errors: a missing file would leave the reader waiting.
  if (stream !== source) source.on('error', (error) => stream.destroy(error));
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    throw unreadable(error, file);
  } finally {
    source.destroy();
  }
}

const advice: Readonly<Record<string, { what: string; fix: string }>> = {
  ENOENT: { what: 'there is no such file', fix: 'check the path; relative paths start at the current folder' },
  EISDIR: { what: 'this is a folder', fix: 'name the files in it' },
  EACCES: { what: 'no permission to read this file', fix: 'change the permissions' },
  Z_BUF_ERROR: { what: 'the gzip data ends too early', fix: 'the file was cut off: copy or download it again' },
  Z_DATA_ERROR: {
    what: 'this is not intact gzip data',
    fix: 'copy it again, or drop .gz from the name if it is plain',
  },
};

function unreadable(error: unknown, file: string): RlloomError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const known = advice[code] ?? {
    what: `the file cannot be read (${error instanceof Error ? error.message : String(error)})`,
    fix: 'see the cause',
  };
  return new RlloomError('data', { ...known, where: file, cause: error });
}
