import type { SandboxEnd } from '../sandbox.ts';

/** A script for a QuickJS thread. */
export interface QuickJsJob {
  readonly code: string;
  readonly stdin: string;
  readonly memoryMb: number;
  readonly timeMs: number;
  readonly outputBytes: number;
}

/** What came of it. */
export interface QuickJsAnswer {
  readonly end: SandboxEnd;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
