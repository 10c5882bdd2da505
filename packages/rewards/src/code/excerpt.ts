/** Shortens text for a reason, keeping it on one line. */
export function excerpt(text: string, length = 120): string {
  const line = text.trim().replace(/\s*\n\s*/g, ' ⏎ ');
  return line.length <= length ? line : `${line.slice(0, length)}… (${text.length} characters)`;
}
