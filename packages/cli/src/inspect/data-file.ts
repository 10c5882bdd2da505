import { type RecordProblem, readTasks } from '@rlloom/data';
import type { Message, Task } from '@rlloom/spec';
import { formatCount, formatNumber } from '../format/quantities.ts';
import { formatSections, formatTable } from '../format/sections.ts';

/** Problems that are listed in full; the rest are counted. */
const shownProblems = 20;
/** Different difficulties that get a row each; more are shown by range only. */
const shownDifficulties = 12;

/** What is in a data file: what the records carry, counts by tag and difficulty, one record, and every bad one. */
export async function inspectDataFile(file: string): Promise<string[]> {
  const { tasks, bad, badRecords, problemCount } = await readTasks([file], { onBadRecord: 'skip' });
  const having = (field: keyof Task): string => formatCount(tasks.filter((task) => task[field] !== undefined).length);
  return [
    ...formatSections([
      {
        title: file,
        rows: [
          ['records', `${formatCount(tasks.length)} usable, ${formatCount(badRecords)} bad`],
          ['with ground_truth', having('groundTruth')],
          ['with test_cases', having('testCases')],
          ['with evaluation_criteria', having('evaluationCriteria')],
          ['with images', having('images')],
        ],
      },
    ]),
    ...tagTable(tasks),
    ...difficultyTable(tasks),
    ...firstRecord(tasks),
    ...problemLines(bad, problemCount),
  ];
}

function tagTable(tasks: readonly Task[]): string[] {
  const rows = [...groupBy(tasks, (task) => task.tag)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([tag, group]) => [tag, String(group.length), percent(group.length, tasks.length), difficultyRange(group)]);
  return ['', ...formatTable(['tag', 'records', 'share', 'difficulty'], rows, [1, 2])];
}

function difficultyTable(tasks: readonly Task[]): string[] {
  const groups = [...groupBy(tasks, (task) => task.difficulty)].sort(([a], [b]) => (a ?? Infinity) - (b ?? Infinity));
  if (groups.length < 2 || groups.length > shownDifficulties) return [];
  const rows = groups.map(([difficulty, group]) => [
    difficulty === undefined ? 'none' : formatNumber(difficulty),
    String(group.length),
    percent(group.length, tasks.length),
  ]);
  return ['', ...formatTable(['difficulty', 'records', 'share'], rows, [0, 1, 2])];
}

function difficultyRange(tasks: readonly Task[]): string {
  const known = tasks.flatMap(({ difficulty }) => (difficulty === undefined ? [] : [difficulty])).sort((a, b) => a - b);
  const [lowest, median, highest] = [known[0], known[Math.floor((known.length - 1) / 2)], known.at(-1)];
  if (lowest === undefined || median === undefined || highest === undefined) return 'none';
  const missing = tasks.length - known.length;
  const range =
    lowest === highest
      ? formatNumber(lowest)
      : `${formatNumber(lowest)} … ${formatNumber(highest)}, median ${formatNumber(median)}`;
  return missing === 0 ? range : `${range}, none in ${missing}`;
}

function firstRecord([task]: readonly Task[]): string[] {
  if (task === undefined) return [];
  const answer = task.groundTruth?.finalAnswer;
  return [
    '',
    ...formatSections([
      {
        title: `first record: ${task.id}`,
        rows: [
          ...task.messages.map((message): [string, string] => [message.role, shorten(message)]),
          ...(answer === undefined ? [] : [['final_answer', answer] as [string, string]]),
          ...Object.keys(task.extra ?? {})
            .slice(0, 10)
            .map((key): [string, string] => ['further key', key]),
        ],
      },
    ]),
  ];
}

function problemLines(problems: readonly RecordProblem[], count: number): string[] {
  if (count === 0) return [];
  const lines = problems
    .slice(0, shownProblems)
    .map(({ file, line, field, message }) => `  ${file}:${line}: ${field === '' ? '' : `${field} `}${message}`);
  const hidden = count - lines.length;
  return ['', 'problems', ...lines, ...(hidden > 0 ? [`  … and ${hidden} more`] : [])];
}

function shorten({ content }: Message): string {
  return content.length > 400 ? `${content.slice(0, 400)} …` : content;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

// Map.groupBy needs Node 21.
function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
