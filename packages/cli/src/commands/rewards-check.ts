import { loadConfig } from '@rlloom/config';
import { checkGolden, type GoldenMistake, type RewardsConfig, rewardsConfig } from '@rlloom/rewards';
import { RlloomError } from '@rlloom/spec';
import { z } from 'zod';
import { type CliContext, writeLines } from '../cli-context.ts';
import { readGoldenCases } from '../rewards-check/read-golden-cases.ts';

/** Options of `rlloom rewards check`. */
export interface RewardsCheckOptions {
  readonly configPath?: string;
  readonly configName?: string;
  /** The type of one reward for all cases, in place of a configuration. */
  readonly reward?: string;
  readonly json?: boolean;
}

/**
 * `rlloom rewards check FILE`: judges responses whose verdict is known, lists where the rewards say otherwise, and
 * ends with the exit code of rewards if they do.
 */
export async function rewardsCheckCommand(
  { file, overrides }: { readonly file: string; readonly overrides: readonly string[] },
  options: RewardsCheckOptions,
  context: CliContext,
): Promise<void> {
  const config = await configOf(overrides, options, context);
  const cases = await readGoldenCases(file);
  const { checked, mistakes } = await checkGolden(cases, config, { baseDirectory: context.workingDirectory });
  const count = (kind: GoldenMistake['kind']): number => mistakes.filter((mistake) => mistake.kind === kind).length;
  const right = checked - mistakes.length;
  const summary = {
    checked,
    right,
    accuracy: right / checked,
    falsePositives: count('false-positive'),
    falseNegatives: count('false-negative'),
    otherMistakes: count('score') + count('other'),
  };
  if (options.json === true) {
    writeLines(context.stdout, [JSON.stringify({ ...summary, mistakes: mistakes.map(plain) })]);
  } else {
    writeLines(context.stdout, mistakes.flatMap(describe));
    writeLines(context.stdout, [
      `${right} of ${checked} cases are judged as expected (${((100 * right) / checked).toFixed(2)} %); ` +
        `${summary.falsePositives} false positives, ${summary.falseNegatives} false negatives, ${summary.otherMistakes} others`,
    ]);
  }
  if (mistakes.length === 0) return;
  throw new RlloomError('reward', {
    what: `${mistakes.length} of ${checked} cases are judged otherwise than expected`,
    where: file,
    fix: 'mend the reward or, where the case is wrong, the case',
  });
}

async function configOf(
  overrides: readonly string[],
  { configPath, configName, reward }: RewardsCheckOptions,
  { workingDirectory }: CliContext,
): Promise<RewardsConfig> {
  if (configPath === undefined) {
    if (configName !== undefined || overrides.length > 0) {
      throw new RlloomError('config', {
        what: 'there is no --config-path',
        fix: 'name the folder of the configuration',
      });
    }
    return oneReward(reward ?? 'math_rule');
  }
  if (reward !== undefined) {
    throw new RlloomError('config', { what: '--reward and --config-path exclude each other', fix: 'keep one of them' });
  }
  // A run's configuration has more groups than this one, which here are left unread.
  const { config } = await loadConfig({
    schema: z.looseObject({ rewards: rewardsConfig }),
    configPath,
    ...(configName !== undefined && { configName }),
    overrides,
    baseDirectory: workingDirectory,
  });
  return config.rewards;
}

function oneReward(type: string): RewardsConfig {
  const isFile = /\.[mc]?[jt]s$/.test(type);
  const part = isFile ? { type: 'module', module: type } : { type };
  const parsed = rewardsConfig.safeParse({
    domains: { all: { tags: ['*'], rewards: { reward: { ...part, verifies: true } } } },
  });
  if (parsed.success) return parsed.data;
  throw new RlloomError('config', {
    what: `"${type}" is no reward that works without options: ${z.prettifyError(parsed.error)}`,
    where: '--reward',
    fix: 'name a file with defineReward, another type, or a configuration with --config-path',
  });
}

function plain({ kind, golden, result }: GoldenMistake): object {
  const { task, response, expected } = golden;
  return { kind, file: task.source?.file, line: task.source?.line, id: task.id, response, expected, result };
}

function describe({ kind, golden: { task, response, expected }, result }: GoldenMistake): string[] {
  const short = (text: string): string => (text.length > 300 ? `…${text.slice(-299)}` : text);
  const truth = task.groundTruth === undefined ? [] : [`  reference  ${short(task.groundTruth.finalAnswer)}`];
  return [
    `${task.source?.file}:${task.source?.line}: ${kind}: ${result.verdict} (${result.score}), expected ${expected}`,
    `  response   ${short(JSON.stringify(response))}`,
    ...truth,
    ...result.reasons.map((reason) => `  reason     ${short(reason)}`),
    '',
  ];
}
