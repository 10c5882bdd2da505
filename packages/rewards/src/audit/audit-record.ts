import type { Verdict } from '@rlloom/spec';

/** One verdict, as the audit log keeps it. */
export interface AuditRecord {
  /** When it was given, in milliseconds since the epoch. */
  readonly time: number;
  readonly domain: string;
  readonly taskId: string;
  readonly tag: string;
  /** Where the task was read from, e.g. `train.jsonl:7`. */
  readonly place?: string;
  /** Position of the response in its group. */
  readonly sampleIndex: number;
  readonly verdict: Verdict;
  /** The weighted sum of the parts; `null` = unverifiable. */
  readonly score: number | null;
  /** The score after normalisation and clipping. */
  readonly reward: number | null;
  readonly parts: Readonly<Record<string, number | null>>;
  readonly reasons: readonly string[];
  readonly milliseconds: number;
  /** Set where a part failed: its deadline, its memory, its thread, or an error of its own. */
  readonly failure?: string;
  /** Set where the verdict was known from before. */
  readonly cached?: true;
  /** SHA-256 of the response text, in hexadecimal. */
  readonly responseHash: string;
  /** The response, where the log keeps it. */
  readonly response?: string;
}
