/** Why a request to a server failed. */
export type FailureReason =
  /** The server is not there, or the connection broke before the answer was whole. */
  | 'connection'
  /** No answer in time. */
  | 'timeout'
  /** An answer that says no. */
  | 'status'
  /** An answer that is not JSON, or not what was asked for. */
  | 'answer'
  /** The caller's signal ended it. */
  | 'aborted'
  /** The server works with other weights than it was given: it was restarted. */
  | 'stale';

interface FailureDetails {
  readonly status?: number;
  /** Milliseconds the server asks to wait. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

const passingStatuses = new Set([408, 409, 425, 429, 500, 502, 503, 504]);

/** A failed request to one server; internal, users meet an `RlloomError` made of it. */
export class ServerFailure extends Error {
  readonly reason: FailureReason;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(reason: FailureReason, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ServerFailure';
    this.reason = reason;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** Whether the same request may succeed later or elsewhere. */
  get isPassing(): boolean {
    if (this.reason === 'aborted') return false;
    return this.reason !== 'status' || passingStatuses.has(this.status ?? 0);
  }
}
