import Table from 'cli-table3';
import { formatPath, type PathSegments } from './config-path.ts';
import { treeAt } from './config-tree.ts';
import type { LoadedConfig } from './load-config.ts';
import { defaultOrigin, formatOrigin, type Origin } from './origin.ts';
import { valueEntries } from './read-tree.ts';
import { chooseList, chooseOption, listItem, type Schema, unwrapSchema } from './schema-shape.ts';
import { writtenValues } from './written-values.ts';

/** One value of a configuration and why it is what it is. */
export interface ExplainedValue {
  /** As written in files, e.g. `rollout.group_size`. */
  readonly path: string;
  /** The keys of the path. */
  readonly segments: readonly string[];
  readonly value: unknown;
  readonly origin: Origin;
  /** The schema's `.describe()`; `''` = none. */
  readonly description: string;
}

/**
 * Every value of a configuration in the schema's order: single values and lists of them; groups, records and lists of
 * groups are opened. Keys that are optional and not set are left out.
 */
export function explainConfig<Config>(loaded: LoadedConfig<Config>): ExplainedValue[] {
  const values: ExplainedValue[] = [];
  visit(loaded.schema, writtenValues(loaded.schema, loaded.config), [], '');
  return values;

  // eslint-disable-next-line @typescript-eslint/max-params -- a recursion over four things that change together
  function visit(schema: Schema, value: unknown, segments: PathSegments, inherited: string): void {
    const description = unwrapSchema(schema).description ?? inherited;
    if (Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null)) {
      const { shape } = unwrapSchema(chooseList(schema));
      value.forEach((item: unknown, index) => {
        const inner = shape.kind === 'list' ? listItem(shape, index) : undefined;
        visit(inner ?? schema, item, [...segments, String(index)], description);
      });
      return;
    }
    const entries = Array.isArray(value) ? undefined : valueEntries(value);
    if (entries === undefined || entries.size === 0) {
      const origin = treeAt(loaded.tree, segments)?.origin ?? defaultOrigin;
      values.push({ path: formatPath(segments), segments, value, origin, description });
      return;
    }
    const { shape } = unwrapSchema(chooseOption(schema, entries));
    for (const [key, inner] of Object.entries(value as object)) {
      const inside = [...segments, key];
      if (shape.kind === 'record') visit(shape.value, inner, inside, description);
      else if (shape.kind === 'object') visit(shape.keys.get(key)?.schema ?? shape.others ?? schema, inner, inside, '');
      else visit(schema, inner, inside, description);
    }
  }
}

/**
 * The explained values as text: a block for each top-level key, in it a line for each value: key, value, where it
 * comes from, what it means. Descriptions are left out where `width` columns leave no room for them.
 *
 * @param options.width columns of the terminal. Default 160
 */
export function formatExplanation(
  values: readonly ExplainedValue[],
  options: { readonly width?: number } = {},
): string {
  const rows = values.map(({ segments, value, origin, description }) => ({
    group: segments[0] ?? '',
    cells: [formatPath(segments), formatValue(value), formatOrigin(origin), description],
  }));
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map(({ cells }) => (cells[column] ?? '').length)));
  const [keyWidth = 0, valueWidth = 0, originWidth = 0] = [widths[0], Math.min(widths[1] ?? 0, 48), widths[2]];
  const room = (options.width ?? 160) - keyWidth - valueWidth - originWidth - 8;
  const colWidths = [keyWidth + 2, valueWidth + 2, originWidth + 2, ...(room >= 20 ? [room + 2] : [])];
  const groups = [...new Set(rows.map(({ group }) => group))];
  return groups
    .map((group) => {
      const table = new Table({
        chars: noLines,
        style: { 'padding-left': 0, 'padding-right': 2, compact: true },
        colWidths,
        wordWrap: true,
      });
      for (const { cells } of rows.filter((row) => row.group === group)) table.push(cells.slice(0, colWidths.length));
      const lines = table.toString().split('\n');
      return [group, ...lines.map((line) => `  ${line}`.trimEnd())].join('\n');
    })
    .join('\n\n');
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return value === undefined ? '' : JSON.stringify(value);
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
