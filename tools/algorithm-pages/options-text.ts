/** Options for the title of a figure: ` (beta 0.5)`, or nothing where there are none. */
export function optionsText(options: object = {}): string {
  const told = Object.entries(options).map(([name, value]) => `${name} ${String(value)}`);
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}
