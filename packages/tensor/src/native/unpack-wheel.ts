import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RlloomError } from '@rlloom/spec';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { wheelFile } from './fetch-wheel.ts';
import type { FoundTool } from './find-tools.ts';
import type { PinnedWheel } from './pinned-versions.ts';
import { runCommand } from './run-command.ts';
import type { Step } from './run-steps.ts';

/** Where {@link unpackWheelStep} writes the CUDA packages that the wheel wants. */
export const cudaFile = 'cuda-packages.json';

// The C API and the two headers of TensorFlow's string type; the wheel has 13,000 more.
const headers =
  /^tensorflow\/include\/(tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/[^.]*\.h$|^tensorflow\/include\/(tensorflow\/c)\/.*\.h$/;

/**
 * The step that takes shared libraries and C headers out of the wheel (`tensorflow/lib…`, `tensorflow/include/…`),
 * checks each against the digests the wheel itself lists, and strips the libraries' symbol tables.
 */
export function unpackWheelStep(wheel: PinnedWheel, strip: FoundTool | undefined): Step {
  const libraries = wheel.libraries.map((name) => `tensorflow/${name}`);
  return {
    name: 'libraries',
    message: 'unpacking the TensorFlow library',
    inputs: libraries,
    run: async ({ output, folderOf, report }) => {
      const keep = (path: string): boolean => libraries.includes(path) || headers.test(path) || isMetadata(path);
      const digests = await unpackFiles(join(folderOf('wheel'), wheelFile), output, { keep, report });
      await checkAgainstRecord(output, digests, libraries);
      await writeCudaPackages(output, digests);
      // On macOS it would break the code signature.
      if (strip !== undefined && process.platform === 'linux')
        await stripSymbols(
          strip,
          libraries.map((path) => join(output, path)),
        );
    },
  };
}

interface UnpackOptions {
  readonly keep: (path: string) => boolean;
  readonly report: (bytes: number, totalBytes?: number) => void;
}

async function unpackFiles(
  file: string,
  output: string,
  { keep, report }: UnpackOptions,
): Promise<Map<string, string>> {
  const zip = await openPromise(file, { autoClose: false });
  try {
    const entries: Entry[] = [];
    for await (const entry of zip.eachEntry()) {
      if (keep(entry.fileName)) entries.push(entry);
    }
    const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
    const digests = new Map<string, string>();
    let done = 0;
    const count = (bytes: number): void => {
      const before = Math.floor(done / reportEvery);
      done += bytes;
      if (Math.floor(done / reportEvery) > before) report(done, total);
    };
    for (const entry of entries) digests.set(entry.fileName, await unpackEntry({ zip, entry, output, count }));
    return digests;
  } finally {
    zip.close();
  }
}

const reportEvery = 16_000_000;

async function unpackEntry(context: {
  zip: ZipFile;
  entry: Entry;
  output: string;
  count: (bytes: number) => void;
}): Promise<string> {
  const { zip, entry, output, count } = context;
  const path = join(output, entry.fileName);
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      count(chunk.length);
      done(null, chunk);
    },
  });
  await pipeline(await zip.openReadStreamPromise(entry), meter, createWriteStream(path));
  return hash.digest('base64url');
}

function isMetadata(path: string): boolean {
  return /^[^/]+\.dist-info\/(RECORD|METADATA)$/.test(path);
}

async function checkAgainstRecord(
  output: string,
  digests: ReadonlyMap<string, string>,
  libraries: readonly string[],
): Promise<void> {
  const recordPath = [...digests.keys()].find((path) => path.endsWith('/RECORD'));
  const record = recordPath === undefined ? '' : await readFile(join(output, recordPath), 'utf8');
  const lines = new Set(record.split(/\r?\n/).map((line) => line.slice(0, line.lastIndexOf(','))));
  for (const path of libraries) {
    if (!digests.has(path)) throw brokenWheel(`it has no ${path}`);
  }
  for (const [path, digest] of digests) {
    if (path !== recordPath && !lines.has(`${path},sha256=${digest}`))
      throw brokenWheel(`${path} does not have the checksum it lists`);
  }
}

function brokenWheel(reason: string): RlloomError {
  return new RlloomError('backend', {
    what: `the TensorFlow wheel is broken: ${reason}`,
    where: 'rlloom setup',
    fix: 'check the disk, then run "rlloom setup --force"',
  });
}

// `Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"`
async function writeCudaPackages(output: string, digests: ReadonlyMap<string, string>): Promise<void> {
  const metadata = [...digests.keys()].find((path) => path.endsWith('/METADATA'));
  const text = metadata === undefined ? '' : await readFile(join(output, metadata), 'utf8');
  const packages = [...text.matchAll(/^Requires-Dist: (nvidia-[^;\s]+)\s*;.*extra == .and-cuda./gm)].map(
    (match) => match[1],
  );
  await writeFile(join(output, cudaFile), JSON.stringify(packages));
  for (const path of digests.keys()) {
    if (isMetadata(path)) await rm(join(output, dirname(path)), { recursive: true, force: true });
  }
}

async function stripSymbols(strip: FoundTool, files: readonly string[]): Promise<void> {
  const [program, ...args] = strip.command;
  // Only saves space: where it fails the file stays as it was.
  for (const file of files) await runCommand(program, [...args, '--strip-unneeded', file]);
}
