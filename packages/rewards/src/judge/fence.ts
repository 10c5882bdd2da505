import { createHmac } from 'node:crypto';

/** Two words that only the judge's prompt knows. */
export interface PromptSecrets {
  /** Closes and opens data; 12 hexadecimal digits. */
  readonly marker: string;
  /** Proves that a verdict is the judge's own; 10 hexadecimal digits. */
  readonly code: string;
}

/**
 * The secrets of one prompt: a pure function of seed, task and the texts that are judged, so that a repeated request
 * is the same request. A text cannot contain its own secrets even when the seed is known, since every change to the text changes
 * them (HMAC-SHA-256).
 */
export function promptSecrets(seed: number, taskId: string, texts: readonly string[]): PromptSecrets {
  const digest = createHmac('sha256', `rlloom judge ${seed}`)
    .update(JSON.stringify([taskId, ...texts]))
    .digest('hex');
  return { marker: digest.slice(0, 12), code: digest.slice(12, 22) };
}

/**
 * A text as data: between two lines with the marker, and neutralised.
 *
 * @example
 * ```ts
 * fenced('7', 'answer', 'c0ffee'); // => '[begin answer c0ffee]\n7\n[end answer c0ffee]'
 * ```
 */
export function fenced(text: string, label: string, marker: string): string {
  return `[begin ${label} ${marker}]\n${neutralized(text)}\n[end ${label} ${marker}]`;
}

/**
 * A text that can neither close a fence nor open a turn: lines that look like a fence lose their bracket, marks of chat
 * templates are broken up, and characters that people do not see (controls, direction overrides, tags) are dropped.
 */
export function neutralized(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(unseen, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(fenceLike, '(')
    .replace(turnMark, (mark) => `${mark[0]} ${mark.slice(1)}`);
}

// Joiners (U+200C, U+200D) stay: scripts and emoji need them.

const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\u{e0000}-\u{e007f}]/gu;
const fenceLike =
  /\[(?=[^\S\n]{0,8}(?:begin|end)[^\S\n]{1,8}(?:of[^\S\n]{1,8})?(?:the[^\S\n]{1,8})?(?:question|reference|rubric|answer|data|candidate|response)\b)/gi;
const turnMark =
  /<[|｜]|<\/?s>|<\/?(?:start|end)_of_turn>|<(?:bos|eos|end_of_text)>|\[\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS)\]|<<\/?SYS>>/gi;

/** The text, or its beginning and its end with a note between them when it is longer than `limit` characters. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n(${text.length - 2 * half} characters left out)\n${text.slice(text.length - half)}`;
}
