/** Languages a sandbox may run; `capabilities.languages` says which of them one does. */
export type SandboxLanguage = 'python' | 'pytest' | 'javascript' | 'typescript' | 'bash';

/** Bounds of one run. Every one of them ends the run, none is only advice. */
export interface SandboxLimits {
  /** Milliseconds by the clock on the wall, start of the process included. Default 10,000 */
  readonly wallMs: number;
  /** Seconds of processor time, all processes of the run together where the system can count them. Default 10 */
  readonly cpuSeconds: number;
  /** Address space of one process, MiB. Default 1024 */
  readonly memoryMb: number;
  /** Bytes kept of stdout and of stderr, each; a run that writes more is ended. Default 65,536 */
  readonly outputBytes: number;
  /** Bytes a file may grow to, and all files of the run together. Default 64 MiB */
  readonly fileBytes: number;
  /** Processes and threads at the same time. Default 32 */
  readonly processes: number;
}

/** One program to run. */
export interface SandboxRun {
  readonly language: SandboxLanguage;
  readonly code: string;
  /** Default: empty */
  readonly stdin?: string;
  /** Files laid into the working folder first, by relative path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Relative paths of files to bring back when the program ended. */
  readonly fetchFiles?: readonly string[];
  readonly limits?: Partial<SandboxLimits>;
}

/**
 * How a run ended.
 * - `exited`: by itself, with `exitCode`.
 * - `signal`: killed by a signal it brought on itself, e.g. a segmentation fault.
 * - `timeout`, `cpu`, `memory`, `output`, `files`: the limit of that name ended it.
 */
export type SandboxEnd = 'exited' | 'signal' | 'timeout' | 'cpu' | 'memory' | 'output' | 'files';

/** What a run left. */
export interface SandboxResult {
  readonly end: SandboxEnd;
  /** `null` when it did not exit by itself. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Up to `limits.outputBytes`, decoded as UTF-8 with replacement. */
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
  /** Processor milliseconds of the program and its children; `null` where it could not be measured. */
  readonly cpuMs: number | null;
  /** MiB the largest process of the run had in memory at its height; `null` or absent where it was not measured. */
  readonly peakMemoryMb?: number | null;
  /** Of those asked for with `fetchFiles` that exist. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** What a sandbox can do. */
export interface SandboxCapabilities {
  /** `none` = an ordinary process: only for code that is trusted. */
  readonly isolation: 'bubblewrap' | 'landlock' | 'remote' | 'quickjs' | 'none';
  readonly languages: readonly SandboxLanguage[];
}

/**
 * Runs programs, each alone. A program that fails is a result, not an error: `run` rejects only when no verdict about
 * the program is possible (`RlloomError` `reward` for a sandbox that broke, `interrupted` when the signal aborts).
 */
export interface Sandbox {
  readonly capabilities: SandboxCapabilities;
  /** Runs one program; the signal ends it. */
  run(program: SandboxRun, options?: { readonly signal?: AbortSignal }): Promise<SandboxResult>;
  /** Ends runs in progress; safe to call twice. */
  close(): Promise<void>;
}
