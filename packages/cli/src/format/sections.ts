import Table from 'cli-table3';

/** A titled block of label-value rows. A value with several lines keeps them below one another. */
export interface Section {
  readonly title: string;
  readonly rows: readonly (readonly [label: string, value: string])[];
}

/** Sections as text, labels in one column across all of them. Sections without rows are left out. */
export function formatSections(sections: readonly Section[]): string[] {
  const filled = sections.filter((section) => section.rows.length > 0);
  const width = Math.max(0, ...filled.flatMap((section) => section.rows.map(([label]) => label.length)));
  return filled.flatMap((section, index) => [
    ...(index === 0 ? [] : ['']),
    section.title,
    ...section.rows.flatMap(([label, value]) =>
      value.split('\n').map((line, row) => `  ${(row === 0 ? label : '').padEnd(width)}  ${line}`.trimEnd()),
    ),
  ]);
}

/** A table without borders: a header, then rows. Numbers in `rightAligned` columns line up. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  rightAligned: readonly number[] = [],
): string[] {
  const table = new Table({
    head: [...header],
    colAligns: header.map((_, column) => (rightAligned.includes(column) ? 'right' : 'left')),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

const noBorders = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((name) => [name, '']),
);
