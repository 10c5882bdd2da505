/** A line a checker wrote: a word and texts. */
export interface CheckerLine {
  readonly word: string;
  readonly fields: readonly string[];
}

/** The lines of a checker in what a run printed: those that begin with the nonce. A line that was cut off does not count. */
export function checkerLines(stdout: string, nonce: string): CheckerLine[] {
  const lines: CheckerLine[] = [];
  for (const line of stdout.split('\n').slice(0, -1)) {
    const [mark, word, ...fields] = line.split(' ');
    if (mark !== nonce || word === undefined) continue;
    lines.push({
      word,
      fields: fields.map((field) => (field === '-' ? '' : Buffer.from(field, 'hex').toString('utf8'))),
    });
  }
  return lines;
}
