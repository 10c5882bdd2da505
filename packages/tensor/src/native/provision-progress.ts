/** The steps of provisioning, in order. */
export type ProvisionStep = 'tools' | 'lock' | 'packages' | 'wheel' | 'libraries' | 'compile' | 'verify' | 'install';

/** What is going on, for a progress bar or a log line. */
export interface ProvisionProgress {
  readonly step: ProvisionStep;
  /** `reused`: an earlier, interrupted run had finished this step. */
  readonly state: 'started' | 'running' | 'finished' | 'reused';
  /** The step in words. */
  readonly message: string;
  /** Bytes done so far and in all, where they are known. */
  readonly bytes?: number;
  readonly totalBytes?: number;
}

/** Receives the progress of provisioning. */
export type OnProgress = (progress: ProvisionProgress) => void;
