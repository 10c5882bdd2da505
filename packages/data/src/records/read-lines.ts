const newline = 0x0a;
const carriageReturn = 0x0d;

/** Longest line that is read; a longer one is most likely not JSONL at all. */
const maximumLineBytes = 256 * 1024 * 1024;

/** A line as bytes, without its line end. `tooLong` lines carry no bytes. */
export interface ByteLine {
  /** 1-based. */
  readonly line: number;
  readonly bytes: Uint8Array;
  readonly tooLong: boolean;
}

/** The lines of a byte stream, blank ones too. Cut before decoding, so that broken text harms its own line only. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ByteLine> {
  let line = 1;
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array): void => {
    size += part.length;
    if (size > maximumLineBytes) parts = [];
    else parts.push(part);
  };
  const take = (): ByteLine => {
    const tooLong = size > maximumLineBytes;
    const whole = tooLong ? new Uint8Array() : Buffer.concat(parts);
    parts = [];
    size = 0;
    const end = whole.at(-1) === carriageReturn ? whole.length - 1 : whole.length;
    return { line: line++, bytes: whole.subarray(0, end), tooLong };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (size > 0) yield take();
}
