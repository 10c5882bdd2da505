import { rename, rm } from 'node:fs/promises';
import { packValue, unpackValue } from '@rlloom/data';
import { createFrameWriter, type FrameFormat, type FrameWriter, readFrames } from '@rlloom/framed-log';
import { toStorageError } from '@rlloom/spec';
import type { BufferedGroup } from './trajectory-buffer.ts';

// 'RLLOOMB' and the version of the layout.
const format: FrameFormat = {
  name: 'buffer file',
  magic: Uint8Array.of(0x52, 0x4c, 0x4c, 0x4f, 0x4f, 0x4d, 0x42, 0x02),
};

/** What a frame of a buffer's file says. */
type Entry =
  | { readonly type: 'add'; readonly group: BufferedGroup }
  | { readonly type: 'use'; readonly ids: readonly number[] }
  | { readonly type: 'remove'; readonly ids: readonly number[] };

/** The file beside a buffer: what happened to it, in order. */
export interface BufferLog {
  append(entry: Entry): Promise<void>;
  /** Makes the file say no more than that these are there. */
  rewrite(groups: readonly BufferedGroup[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file of a buffer, creating it; what a killed run left incomplete is cut off. */
export async function openBufferLog(
  file: string,
): Promise<{ readonly log: BufferLog; readonly groups: BufferedGroup[] }> {
  // A rewrite that was cut off: the file itself is whole.
  await rm(`${file}.partial`, { force: true });
  let writer = await createFrameWriter(file, format);
  const groups = await readGroups(file);
  // Frames since the last rewrite; after many more than there are groups the file is mostly about the past.
  let frames = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };
  const rewrite = async (present: readonly BufferedGroup[]): Promise<void> => {
    await writeGroups(`${file}.partial`, present);
    await writer.close();
    try {
      await rename(`${file}.partial`, file);
    } catch (error) {
      throw toStorageError(error, file);
    } finally {
      writer = await createFrameWriter(file, format);
    }
    frames = 0;
  };
  const log: BufferLog = {
    append: (entry) =>
      inTurn(async () => {
        await writer.append([packValue(entry)]);
        frames += 1;
        if (frames > framesBeforeRewrite) await rewrite(await readGroups(file));
      }),
    rewrite: (present) => inTurn(() => rewrite(present)),
    close: () => inTurn(() => writer.close()),
  };
  return { log, groups };
}

const framesBeforeRewrite = 1024;

/** The groups that are there at the end of a file, in the order they came. */
export async function readGroups(file: string): Promise<BufferedGroup[]> {
  const groups = new Map<number, BufferedGroup>();
  for await (const payload of readFrames(file, format)) {
    const entry = unpackValue(payload) as Entry;
    if (entry.type === 'add') groups.set(entry.group.id, entry.group);
    else if (entry.type === 'remove') for (const id of entry.ids) groups.delete(id);
    else {
      for (const id of entry.ids) {
        const group = groups.get(id);
        if (group !== undefined) groups.set(id, { ...group, uses: group.uses + 1 });
      }
    }
  }
  return [...groups.values()];
}

/** Writes a file that holds these groups, in place of what is there; the caller renames it where that must be atomic. */
export async function writeGroups(file: string, groups: readonly BufferedGroup[]): Promise<void> {
  await rm(file, { force: true });
  const writer: FrameWriter = await createFrameWriter(file, format);
  try {
    for (const group of groups) await writer.append([packValue({ type: 'add', group } satisfies Entry)]);
    await writer.sync();
  } finally {
    await writer.close();
  }
}
