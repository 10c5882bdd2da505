import { threadId } from 'node:worker_threads';

/** What a reward thread is doing at this moment. */
export interface ClockReading {
  /** Index of the sample in its chunk; `undefined` before the first and after the last. */
  readonly sample: number | undefined;
  /** Index of the part of its reward. */
  readonly part: number;
  /** Milliseconds since the sample began. */
  readonly elapsedMs: number;
  /** The thread had scored nothing before this sample, so nothing else can have brought it down. */
  readonly fresh: boolean;
  /** The chunk was begun. */
  readonly started: boolean;
  /** Id of the thread that began it; 0 before. */
  readonly thread: number;
}

/** Shared memory in which a thread notes where it is: readable also while the thread hangs. */
export interface SampleClock {
  readonly memory: SharedArrayBuffer;
  read(): ClockReading;
}

const fields = { sample: 0, part: 1, begun: 2, before: 3, thread: 4 } as const;
const none = -1n;

/** A clock for one chunk, to be sent along with it. */
export function createSampleClock(): SampleClock {
  const memory = new SharedArrayBuffer(Object.keys(fields).length * BigInt64Array.BYTES_PER_ELEMENT);
  const cells = new BigInt64Array(memory);
  cells.set([none, 0n, none, 0n, 0n]);
  return {
    memory,
    read() {
      const sample = Atomics.load(cells, fields.sample);
      const begun = Atomics.load(cells, fields.begun);
      return {
        sample: sample === none ? undefined : Number(sample),
        part: Number(Atomics.load(cells, fields.part)),
        elapsedMs: Number(process.hrtime.bigint() - begun) / 1e6,
        fresh: sample === 0n && Atomics.load(cells, fields.before) === 0n,
        started: begun !== none,
        thread: Number(Atomics.load(cells, fields.thread)),
      };
    },
  };
}

/** The thread's side of a clock. */
export interface ClockWriter {
  beginSample(sample: number): void;
  beginPart(part: number): void;
  end(): void;
}

/** Notes into the memory of a clock. `samplesBefore` = samples this thread has scored before the chunk. */
export function clockWriter(memory: SharedArrayBuffer, samplesBefore: number): ClockWriter {
  const cells = new BigInt64Array(memory);
  Atomics.store(cells, fields.before, BigInt(samplesBefore));
  Atomics.store(cells, fields.thread, BigInt(threadId));
  return {
    beginSample(sample) {
      // Between two samples no sample runs: a reading can never pair the new one with the old one's time.
      Atomics.store(cells, fields.sample, none);
      Atomics.store(cells, fields.part, 0n);
      // The same monotonic clock in all threads of a process.
      Atomics.store(cells, fields.begun, process.hrtime.bigint());
      Atomics.store(cells, fields.sample, BigInt(sample));
    },
    beginPart(part) {
      Atomics.store(cells, fields.part, BigInt(part));
    },
    end() {
      Atomics.store(cells, fields.sample, none);
    },
  };
}
