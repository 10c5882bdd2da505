import { readTrajectories, type TornTail, type TrajectoryRow } from '@rlloom/data';
import { type RewardResult, RlloomError, type Tokenizer, type Trajectory } from '@rlloom/spec';
import { formatBytes, formatCount, formatNumber } from '../format/quantities.ts';
import { formatSections, formatTable } from '../format/sections.ts';

/** Which sample of a trajectory file to show token by token. */
export interface SampleChoice {
  /** Step of the run. Default: the last in the file. */
  readonly step?: number;
  /** Place of the group in its step, from 0. Default: 0. */
  readonly group?: number;
  /** Place of the sample in its group, from 0. Default: 0. */
  readonly sample?: number;
}

/**
 * What is in a trajectory file, the samples of one group, and one of them token by token with log-probs, weight
 * versions and loss mask.
 *
 * @param tokenizer gives token ids their text; without it only ids are shown
 * @throws RlloomError `data` when the chosen sample is not there
 */
export async function inspectTrajectoryFile(
  file: string,
  choice: SampleChoice,
  tokenizer: Tokenizer | undefined,
): Promise<string[]> {
  const found = await scan(file, choice);
  const { row } = found;
  const index = choice.sample ?? 0;
  const trajectory = row.group.trajectories[index];
  if (trajectory === undefined) {
    throw notThere(file, `the group has no sample ${index}`, `choose 0 … ${row.group.trajectories.length - 1}`);
  }
  return [
    ...formatSections([{ title: file, rows: summaryRows(found) }]),
    '',
    `step ${row.step} (${row.stage}), group ${choice.group ?? 0} of ${found.groupsInStep}: task ${row.group.task.id}, tag ${row.group.task.tag}`,
    ...groupTable(row).map(indent),
    '',
    `sample ${index}`,
    ...resultLines(row.group.results[index], row.group.rewards[index]).map(indent),
    ...tokenTable(trajectory, tokenizer).map(indent),
  ];
}

interface Scan {
  readonly row: TrajectoryRow;
  readonly rows: number;
  readonly samples: number;
  readonly groupsInStep: number;
  readonly firstStep: number;
  readonly lastStep: number;
  readonly torn: TornTail | undefined;
}

// One pass, one step in memory: these files grow to many gigabytes.
async function scan(file: string, choice: SampleChoice): Promise<Scan> {
  let [rows, samples] = [0, 0];
  let step: TrajectoryRow[] = [];
  let [first, last]: (TrajectoryRow | undefined)[] = [];
  let torn: TornTail | undefined;
  const onTornTail = (tail: TornTail): void => {
    torn = tail;
  };
  for await (const row of readTrajectories(file, { onTornTail })) {
    rows++;
    samples += row.group.trajectories.length;
    first ??= row;
    last = row;
    if (choice.step !== undefined && row.step !== choice.step) continue;
    if (step[0]?.step !== row.step || step[0].stage !== row.stage) step = [];
    step.push(row);
  }
  if (first === undefined || last === undefined) throw notThere(file, 'the file has no rows', 'wait for a first step');
  if (step.length === 0) {
    throw notThere(file, `there is no step ${choice.step}`, `choose one of ${first.step} … ${last.step}`);
  }
  const row = step[choice.group ?? 0];
  if (row === undefined) {
    throw notThere(file, `step ${step[0]?.step} has no group ${choice.group}`, `choose 0 … ${step.length - 1}`);
  }
  return { row, rows, samples, groupsInStep: step.length, firstStep: first.step, lastStep: last.step, torn };
}

function summaryRows({ rows, samples, firstStep, lastStep, torn }: Scan): [string, string][] {
  return [
    ['groups', `${formatCount(rows)} with ${formatCount(samples)} samples`],
    ['steps', firstStep === lastStep ? String(firstStep) : `${firstStep} … ${lastStep}`],
    ...(torn === undefined
      ? []
      : [
          [
            'cut short',
            `${formatBytes(torn.droppedBytes)} at the end are an incomplete row: the run was killed while writing`,
          ] as [string, string],
        ]),
  ];
}

function groupTable({ group }: TrajectoryRow): string[] {
  const rows = group.trajectories.map((trajectory, index) => [
    String(index),
    rewardText(group.rewards[index]),
    group.results[index]?.verdict ?? '',
    String(trajectory.tokens.length - trajectory.promptLength),
    trajectory.stopReason,
    excerpt(trajectory.responseText),
  ]);
  return formatTable(['sample', 'reward', 'verdict', 'tokens', 'ended by', 'response'], rows, [0, 1, 3]);
}

function resultLines(result: RewardResult | undefined, reward: number | null | undefined): string[] {
  if (result === undefined) return [];
  const parts = Object.entries(result.parts).map(([name, value]) => `${name} ${rewardText(value)}`);
  return [
    `reward ${rewardText(reward)}, score ${rewardText(result.score)}${parts.length === 0 ? '' : `, parts: ${parts.join(', ')}`}`,
    ...result.reasons.map((reason) => `- ${reason}`),
  ];
}

function tokenTable(trajectory: Trajectory, tokenizer: Tokenizer | undefined): string[] {
  const rows = Array.from(trajectory.tokens, (token, position) => {
    const trains = trajectory.lossMask[position] === 1;
    return [
      String(position),
      String(token),
      ...(tokenizer === undefined ? [] : [JSON.stringify(tokenizer.tokenText(token))]),
      trajectory.turns.find(({ start, end }) => position >= start && position < end)?.author ?? '',
      trains ? 'yes' : '',
      trains ? (trajectory.rolloutLogProbs[position]?.toFixed(4) ?? '') : '',
      trains ? String(trajectory.policyVersions[position]) : '',
    ];
  });
  const text = tokenizer === undefined ? [] : ['token'];
  const header = ['position', 'id', ...text, 'by', 'trains', 'log-prob', 'version'];
  return formatTable(header, rows, [0, 1, header.length - 2, header.length - 1]);
}

function rewardText(reward: number | null | undefined): string {
  return reward === null || reward === undefined ? 'unverifiable' : formatNumber(reward);
}

function excerpt(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

function indent(line: string): string {
  return line === '' ? '' : `  ${line}`;
}

function notThere(where: string, what: string, fix: string): RlloomError {
  return new RlloomError('data', { what, where, fix });
}
