import type { RewardResult } from '@rlloom/spec';

/** A sample that could not be judged, and why. */
export function unverifiable(reason: string, parts: readonly string[] = []): RewardResult {
  return {
    verdict: 'unverifiable',
    score: null,
    parts: Object.fromEntries(parts.map((part) => [part, null])),
    reasons: [reason],
  };
}

/** A judged sample without parts. */
export function judged(correct: boolean, score: number, reasons: readonly string[]): RewardResult {
  return { verdict: correct ? 'correct' : 'incorrect', score, parts: {}, reasons };
}

/** A text for a reason: on one line, and not longer than people want to read. */
export function quote(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 79)}…` : line);
}
