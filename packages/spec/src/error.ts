/** Kinds of failure a user can do something about, each with its own process exit code. */
export const exitCodes = {
  unexpected: 1,
  /** Wrong, unknown, dead or contradictory configuration. */
  config: 2,
  /** A bad record, a missing or empty data file. */
  data: 3,
  /** A missing or broken model folder. */
  model: 4,
  /** A checkpoint that cannot be read or does not fit. */
  checkpoint: 5,
  /** The disk is full or a path cannot be written. */
  storage: 6,
  /** Rewards cannot be computed: a worker cannot start, or too many failed. */
  reward: 7,
  /** No tensor backend, or provisioning failed. */
  backend: 8,
  /** A health rule stopped the run (KL, mismatch, non-finite loss). */
  health: 9,
  /** An engine or environment failed. */
  rollout: 10,
  /** Stopped by the user. */
  interrupted: 130,
} as const;

/** The name of a failure kind. */
export type ErrorKind = keyof typeof exitCodes;

/** The parts of an error message that a person needs. */
export interface ErrorParts {
  /** What is wrong, one sentence. */
  readonly what: string;
  /** Where: a config path, `file:line`, a tensor name. */
  readonly where?: string;
  /** What to do about it. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/**
 * The one error class of the project: kind, what, where and what to do. Check with `isRlloomError`, which
 * survives two copies of the package.
 *
 * @example
 * ```ts
 * const error = new RlloomError('config', { what: 'unknown key "lerning_rate"', where: 'train.lerning_rate', fix: 'did you mean "learning_rate"?' });
 * error.exitCode; // => 2
 * ```
 */
export class RlloomError extends Error {
  readonly kind: ErrorKind;
  readonly what: string;
  readonly where: string | undefined;
  readonly fix: string | undefined;
  /** Marks the class across copies of the package. */
  readonly isRlloomError: true = true;

  constructor(kind: ErrorKind, parts: ErrorParts) {
    const where = parts.where === undefined ? '' : `${parts.where}: `;
    const fix = parts.fix === undefined ? '' : `\n  → ${parts.fix}`;
    super(`${where}${parts.what}${fix}`, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'RlloomError';
    this.kind = kind;
    this.what = parts.what;
    this.where = parts.where;
    this.fix = parts.fix;
  }

  /** The process exit code of this kind. */
  get exitCode(): number {
    return exitCodes[this.kind];
  }
}

/** Whether `error` is an `RlloomError`, from this or another copy of the package. */
export function isRlloomError(error: unknown): error is RlloomError {
  return typeof error === 'object' && error !== null && 'isRlloomError' in error;
}

/**
 * Turns a failed file operation into a `storage` error that says what to do; other errors pass through unchanged.
 *
 * @param error what the file system threw
 * @param path the file or folder that was being written
 */
export function toStorageError(error: unknown, path: string): unknown {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const advice = storageAdvice[code];
  return advice === undefined ? error : new RlloomError('storage', { ...advice, where: path, cause: error });
}

const storageAdvice: Readonly<Record<string, { what: string; fix: string }>> = {
  ENOSPC: {
    what: 'the disk is full',
    fix: 'free some space, then start again with --resume; what was saved before is intact',
  },
  EDQUOT: {
    what: 'the disk quota is used up',
    fix: 'free some space, then start again with --resume; what was saved before is intact',
  },
  EACCES: { what: 'no permission to write here', fix: 'choose another exp.output_dir or change the permissions' },
  EPERM: { what: 'no permission to write here', fix: 'choose another exp.output_dir or change the permissions' },
  EROFS: { what: 'the file system is read-only', fix: 'choose another exp.output_dir' },
  EEXIST: { what: 'a file stands where a folder is needed', fix: 'choose another path' },
  EISDIR: { what: 'a folder stands where a file is needed', fix: 'choose another path' },
  ENOTDIR: { what: 'a part of this path is a file, not a folder', fix: 'choose another path' },
};
