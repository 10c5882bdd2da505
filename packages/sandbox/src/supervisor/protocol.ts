import { constants } from 'node:os';
import { RlloomError } from '@rlloom/spec';
import type { SandboxEnd } from '../sandbox.ts';

/** What the supervisor is told of a run; the names are those its Python reads. */
export interface SupervisorHeader {
  readonly folder: string;
  /** Program to become, or `null` for Python, which runs in the supervisor's own interpreter. */
  readonly argv: readonly string[] | null;
  readonly environment: Readonly<Record<string, string>>;
  /** Name under which the code is written into the folder; `null` = it is not. */
  readonly main: string | null;
  /** Whether the code is compiled Python. */
  readonly compiled: boolean;
  readonly sysPath: readonly string[];
  readonly fetch: readonly string[];
  /** On CLOCK_MONOTONIC, nanoseconds. */
  readonly deadline: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  readonly addressSpace: number | null;
  readonly outputBytes: number;
  readonly fileBytes: number;
  readonly fileCount: number;
  readonly processes: number;
  /** Whether that number is of this run alone; else what its user runs already comes on top. */
  readonly countsProcesses: boolean;
  readonly descriptors: number;
  /** Whether the run has a user to itself, so that all processes of that user are its own. */
  readonly ownUser: boolean;
  /** Whether landlock and the seccomp filter confine the child, where no namespace does. */
  readonly confined: boolean;
  /** What a confined child may read. */
  readonly readable: readonly string[];
}

/** The parts of a run that travel as bytes. */
export interface SupervisorPayload {
  readonly code: Buffer;
  readonly files: readonly (readonly [path: string, data: Buffer])[];
  readonly seccomp: Buffer;
  readonly stdin: Buffer;
}

/** A request: the compiled supervisor, the header as JSON (which Python reads as a literal), then the bytes. */
export function encodeRequest(supervisor: Buffer, header: SupervisorHeader, payload: SupervisorPayload): Buffer {
  const { code, files, seccomp, stdin } = payload;
  const text = Buffer.from(
    JSON.stringify({
      ...header,
      codeBytes: code.length,
      seccompBytes: seccomp.length,
      stdinBytes: stdin.length,
      files: files.map(([path, data]) => [path, data.length]),
    }),
  );
  return Buffer.concat([
    size(supervisor.length),
    supervisor,
    size(text.length),
    text,
    seccomp,
    code,
    ...files.map(([, data]) => data),
    stdin,
  ]);
}

function size(bytes: number): Buffer {
  return Buffer.from(String(bytes).padStart(8, '0'));
}

/** What the supervisor reports. */
export interface SupervisorReport {
  readonly end: SandboxEnd;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly cpuMs: number;
  readonly peakMemoryBytes: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Index among the files asked for, and its bytes. */
  readonly files: readonly (readonly [index: number, data: Buffer])[];
}

interface RawReport {
  readonly end: SandboxEnd | 'broken';
  readonly message?: string;
  readonly exitCode: number;
  readonly signal: number;
  readonly cpuMs: number;
  readonly peakBytes: number;
  readonly stdout: number;
  readonly stderr: number;
  readonly files: readonly (readonly [index: number, bytes: number])[];
}

/** Bytes of the report that begins with `bytes`; `null` while its head is not complete. */
export function reportLength(bytes: Buffer): number | null {
  const head = readHead(bytes);
  if (head === null) return null;
  const { raw, start } = head;
  if (raw.end === 'broken') return start;
  return start + raw.stdout + raw.stderr + raw.files.reduce((sum, [, length]) => sum + length, 0);
}

function readHead(bytes: Buffer): { raw: RawReport; start: number } | null {
  if (bytes.length < 8) return null;
  const start = 8 + Number(bytes.toString('latin1', 0, 8));
  if (bytes.length < start) return null;
  return { raw: JSON.parse(bytes.toString('utf8', 8, start)) as RawReport, start };
}

/** Reads a whole report. Throws `RlloomError` `reward` when it tells of a failure. */
export function decodeReport(bytes: Buffer): SupervisorReport {
  const head = readHead(bytes);
  if (head === null) throw new RlloomError('reward', { what: 'the sandbox reports nothing' });
  const { raw, start } = head;
  if (raw.end === 'broken') throw new RlloomError('reward', { what: `the sandbox failed: ${raw.message ?? ''}` });
  let at = start;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const stdout = take(raw.stdout);
  const stderr = take(raw.stderr);
  const files = raw.files.map(([index, length]) => [index, take(length)] as const);
  const exited = raw.end === 'exited';
  return {
    end: raw.end,
    exitCode: exited ? raw.exitCode : null,
    signal: raw.end === 'signal' ? signalName(raw.signal) : null,
    cpuMs: raw.cpuMs,
    peakMemoryBytes: raw.peakBytes,
    stdout,
    stderr,
    files,
  };
}

function signalName(number: number): string {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `SIG${number}`;
}
