import type { Toolchain } from '../probe/toolchain.ts';
import type { SandboxLimits } from '../sandbox.ts';
import type { SlotUser } from './slots.ts';

/** The process to start for a run. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** The folder of the run, as the program sees it. */
  readonly folder: string;
  /** Open descriptors to hand over as 4, 5, …; `release` closes them here. */
  readonly descriptors: readonly number[];
  /** Called once the process is started, or could not be. */
  readonly started: () => void;
  /** Called after its end: removes what is left on the host. */
  readonly ended: () => Promise<void>;
}

/** One way to keep a program in. */
export interface LocalIsolation {
  readonly name: 'bubblewrap' | 'landlock' | 'none';
  readonly toolchain: Toolchain;
  /** The seccomp filter of the child and what landlock lets it read; `null` where the launch does it all. */
  readonly confine: { readonly seccomp: Buffer; readonly readable: readonly string[] } | null;
  /** Whether processes are counted per run, so that a limit of their number is one of the run. */
  readonly countsProcesses: boolean;
  launch(limits: SandboxLimits, user: SlotUser | null, boot: readonly string[]): Promise<Launch> | Launch;
  close(): void;
}
