import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TornTail } from './frame-format.ts';
import { createFrameWriter } from './frame-writer.ts';
import { readFrames } from './read-frames.ts';

const format = { name: 'diary', magic: Uint8Array.of(0x44, 0x49, 0x41, 0x01) };

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rlloom-frames-'));
  file = join(folder, 'sub', 'diary.bin');
});

afterEach(() => rm(folder, { recursive: true }));

/** Appends, and returns where the file then ends. */
async function write(...texts: readonly string[]): Promise<number> {
  const writer = await createFrameWriter(file, format);
  await writer.append(texts.map((text) => Buffer.from(text)));
  await writer.close();
  return writer.offset;
}

async function read(onTornTail = (_: TornTail): void => expect.unreachable()): Promise<string[]> {
  const texts: string[] = [];
  for await (const payload of readFrames(file, { ...format, onTornTail })) texts.push(Buffer.from(payload).toString());
  return texts;
}

describe('a file of frames', () => {
  it('keeps payloads as they are, and goes on where it ended', async () => {
    const writer = await createFrameWriter(file, format);
    await writer.append([Buffer.from('one'), Buffer.from('zwei ½ 🙂')]);
    await writer.append([]);
    await writer.sync();
    expect(writer.offset).toBe((await stat(file)).size);
    await writer.close();
    await writer.close();
    await write();
    expect(await write('three')).toBe((await stat(file)).size);
    expect(await read()).toEqual(['one', 'zwei ½ 🙂', 'three']);
  });

  it('is laid out as documented: magic, length, start of the SHA-256, payload', async () => {
    await write('abc');
    expect((await readFile(file)).toString('hex')).toBe(`44494101${'03000000'}${'ba7816bf8f01cfea'}616263`);
  });

  it('writes calls that are not awaited one after the other, and more than a piece', async () => {
    const writer = await createFrameWriter(file, format);
    const long = Array.from({ length: 9 }, (_, i) => String(i).repeat(100_000));
    const calls = [0, 3, 6].map((from) => writer.append(long.slice(from, from + 3).map((text) => Buffer.from(text))));
    await Promise.all(calls);
    await writer.close();
    expect(await read()).toEqual(long);
  });

  it('takes the payloads of a generator as it writes', async () => {
    const sizes: number[] = [];
    const writer = await createFrameWriter(file, format);
    await writer.append(
      (function* () {
        for (let i = 0; i < 3; i++) {
          sizes.push(writer.offset);
          yield new Uint8Array(2 ** 18);
        }
      })(),
    );
    await writer.close();
    const frame = 12 + 2 ** 18;
    expect(sizes).toEqual([4, 4 + frame, 4 + 2 * frame]);
  });

  it('loses only the torn frame, wherever the cut is, and goes on after it', async () => {
    const first = await write('one');
    const second = await write('two');
    const whole = await readFile(file);
    for (let cut = first + 1; cut < second; cut++) {
      await writeFile(file, whole.subarray(0, cut));
      const tails: TornTail[] = [];
      const onTornTail = (tail: TornTail): number => tails.push(tail);
      expect(await read(onTornTail)).toEqual(['one']);
      await (await createFrameWriter(file, { ...format, onTornTail })).close();
      const tail = { file, offset: first, droppedBytes: cut - first };
      expect(tails).toEqual([tail, tail]);
      await write('nine');
      expect(await read()).toEqual(['one', 'nine']);
    }
  });

  it('takes a file that was cut within its magic as empty', async () => {
    await write('one');
    await truncate(file, 2);
    expect(await read()).toEqual([]);
    await write('two');
    expect(await read()).toEqual(['two']);
  });

  it('recognises a damaged frame, a tail of zeros and an absurd length', async () => {
    const first = await write('one');
    await write('two', 'three');
    const whole = await readFile(file);
    whole[first + 13] = (whole[first + 13] ?? 0) ^ 1;
    await writeFile(file, whole);
    expect(await read(() => undefined)).toEqual(['one']);

    const dropped: number[] = [];
    for (const tail of [new Uint8Array(4096), new Uint8Array(64).fill(255)]) {
      await truncate(file, first);
      await appendFile(file, tail);
      expect(await read(({ droppedBytes }) => dropped.push(droppedBytes))).toEqual(['one']);
    }
    expect(dropped).toEqual([4096, 64]);
  });

  it('cuts back to where a checkpoint stood', async () => {
    const empty = await write();
    const offset = await write('one', 'two');
    await write('three');
    const onTornTail = (): void => expect.unreachable();
    const resumed = await createFrameWriter(file, { ...format, truncateTo: offset, onTornTail });
    await resumed.append([Buffer.from('four')]);
    await resumed.close();
    expect(await read()).toEqual(['one', 'two', 'four']);
    await (await createFrameWriter(file, { ...format, truncateTo: empty })).close();
    expect(await read()).toEqual([]);
  });

  it('refuses to cut where no frame ends', async () => {
    const offset = await write('one');
    for (const truncateTo of [offset - 1, offset + 1]) {
      await expect(createFrameWriter(file, { ...format, truncateTo })).rejects.toMatchObject({ kind: 'checkpoint' });
    }
    expect(await read()).toEqual(['one']);
  });

  it('refuses a file of another kind, a missing file and a folder it cannot make', async () => {
    const other = join(folder, 'notes.txt');
    await writeFile(other, 'these are notes');
    await expect(createFrameWriter(other, format)).rejects.toMatchObject({
      kind: 'data',
      what: 'this is no diary of this version',
    });
    expect(await readFile(other, 'utf8')).toBe('these are notes');
    await expect(createFrameWriter(join(other, 'x.bin'), format)).rejects.toMatchObject({ isRlloomError: true });
    await expect(read()).rejects.toMatchObject({ kind: 'data', what: 'the diary cannot be opened' });
  });
});
