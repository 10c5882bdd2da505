import { deriveSeed, type GroupRewardFunction, type RewardRequest, type RewardResult } from '@rlloom/spec';
import { promptSecrets } from './fence.ts';
import { createJudgePanel, type JudgeResources, type Opinion } from './judge-panel.ts';
import { checkPrompt, judgePrompt, type PromptConfig, shownResponse } from './judge-prompt.ts';
import { costOf, opinionLine, tooFew } from './opinion-line.ts';
import { type PairwiseConfig, pairwiseConfig, type PairwiseOptions } from './pairwise.config.ts';
import { bradleyTerryScores, choosePairs, eloScores, type Match } from './pairwise-scores.ts';
import type { VerdictForm } from './verdict-form.ts';

/**
 * The `pairwise_judge` reward: judges compare the responses of a group in pairs, each pair in both orders. A judge that prefers
 * another response when the order changes has seen a tie; equal texts are a tie without asking. Comparisons become
 * scores from 0 to 1, the chance to beat the other responses of the group: by Bradley–Terry, Elo, or the plain
 * share of wins. Parts: `wins`, `ties`, `losses`, `disagreement` (share of a response's comparisons that changed with the order).
 *
 * A comparison without enough readable verdicts is left out; a response without any comparison is unverifiable.
 *
 * @throws RlloomError `config` for a missing key, an unknown judge model, or a prompt without places for both responses
 */
export function pairwiseJudge(options: PairwiseOptions, resources: JudgeResources = {}): GroupRewardFunction {
  const config = pairwiseConfig.parse(options);
  checkPrompt(config, ['response_a', 'response_b']);
  const panel = createJudgePanel(config, resources);

  const compare = async (
    requests: readonly RewardRequest[],
    [first, second]: readonly [number, number],
    signal: AbortSignal,
  ): Promise<Comparison> => {
    const { task } = requests[first]!;
    const shown = (index: number): string => shownResponse(requests[index]!.responseText, config);
    if (shown(first) === shown(second))
      return { first, second, outcome: 0.5, disagreement: 0, opinions: [], note: 'equal texts' };
    const orders = config.swap ? [false, true] : [false];
    const answers = await Promise.all(
      orders.map((isSwapped) => {
        const pair = isSwapped ? ([shown(second), shown(first)] as const) : ([shown(first), shown(second)] as const);
        const { form, messages } = pairQuestion({ task, responses: pair }, config);
        return panel.ask({ taskId: task.id, form, judged: pair, messages }, signal);
      }),
    );
    return combine({ first, second, answers }, config);
  };

  return async (requests, { signal }) => {
    const [one] = requests;
    if (one === undefined) return [];
    if (config.useReference === 'required' && one.task.groundTruth === undefined) {
      return requests.map(() => unverifiable(['the task has no ground_truth']));
    }
    const pairs = choosePairs(requests.length, config.pairs, deriveSeed(config.seed, 'pairs', one.task.id));
    const comparisons = await Promise.all(pairs.map((pair) => compare(requests, pair, signal)));
    return groupResults(requests.length, comparisons, {
      ...config,
      seed: deriveSeed(config.seed, 'elo', one.task.id),
    });
  };
}

/** The form and the messages of a question about two responses, the first of which is called A. */
export function pairQuestion(
  pair: { readonly task: RewardRequest['task']; readonly responses: readonly [string, string] },
  config: PromptConfig & Pick<PairwiseConfig, 'criteria' | 'seed'>,
): { readonly form: VerdictForm; readonly messages: (format: 'json' | 'line') => ReturnType<typeof judgePrompt> } {
  const { task, responses } = pair;
  const secrets = promptSecrets(config.seed, task.id, responses);
  const form: VerdictForm = {
    fields: [{ kind: 'choice', name: 'winner', values: ['A', 'B', 'tie'] }],
    code: config.verdictCode ? secrets.code : null,
  };
  return {
    form,
    messages: (format) => judgePrompt({ task, responses, criteria: config.criteria, form, format, secrets }, config),
  };
}

interface Comparison {
  readonly first: number;
  readonly second: number;
  /** 1 = the first is better, 0 = the second, 0.5 = a tie; `null` = unknown. */
  readonly outcome: number | null;
  /** Weighted share of judges who changed their mind with the order. */
  readonly disagreement: number;
  readonly opinions: readonly (readonly [order: string, opinion: Opinion])[];
  readonly note: string | undefined;
}

function combine(
  asked: { readonly first: number; readonly second: number; readonly answers: readonly (readonly Opinion[])[] },
  config: PairwiseConfig,
): Comparison {
  const { first, second, answers } = asked;
  const opinions = answers.flatMap((byJudge, order) =>
    byJudge.map((opinion) => [order === 0 ? 'AB' : 'BA', opinion] as const),
  );
  const votes = answers[0]!.flatMap(({ weight }, judge) => {
    const outcomes = answers.map((byJudge, order) => outcomeOf(byJudge[judge]!, order === 1));
    // One order alone would bring the bias of positions back.
    if (outcomes.some((outcome) => outcome === undefined)) return [];
    const agrees = outcomes.every((outcome) => outcome === outcomes[0]);
    return [{ weight, outcome: agrees ? outcomes[0]! : 0.5, agrees }];
  });
  const needed = config.minJudges ?? answers[0]!.length;
  if (votes.length < needed) {
    return { first, second, outcome: null, disagreement: 0, opinions, note: tooFew(votes.length, needed) };
  }
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  return {
    ...{ first, second, opinions, note: undefined },
    outcome: votes.reduce((sum, { weight, outcome }) => sum + weight * outcome, 0) / total,
    disagreement: votes.reduce((sum, { weight, agrees }) => sum + (agrees ? 0 : weight), 0) / total,
  };
}

function outcomeOf({ outcome }: Opinion, isSwapped: boolean): number | undefined {
  if (!('values' in outcome)) return undefined;
  const winner = outcome.values['winner'];
  return winner === 'tie' ? 0.5 : (winner === 'A') === isSwapped ? 0 : 1;
}

function groupResults(count: number, comparisons: readonly Comparison[], config: PairwiseConfig): RewardResult[] {
  const matches = comparisons.flatMap(({ first, second, outcome }): Match[] =>
    outcome === null ? [] : [{ first, second, outcome }],
  );
  const scores = groupScores(count, matches, config);
  return scores.map((score, index) => {
    const own = comparisons.filter(({ first, second }) => first === index || second === index);
    const reasons = own.flatMap((comparison) => comparisonLines(comparison, index));
    if (score === null) return unverifiable(reasons.length === 0 ? ['there is nothing to compare with'] : reasons);
    const outcomes = own.flatMap(({ first, outcome }) =>
      outcome === null ? [] : [first === index ? outcome : 1 - outcome],
    );
    const counted = own.filter(({ outcome }) => outcome !== null);
    return {
      // A tie may come out a hair beside its half.
      verdict: score > config.threshold + 1e-9 ? 'correct' : 'incorrect',
      score,
      parts: {
        wins: outcomes.filter((outcome) => outcome > 0.5).length,
        ties: outcomes.filter((outcome) => outcome === 0.5).length,
        losses: outcomes.filter((outcome) => outcome < 0.5).length,
        disagreement: counted.reduce((sum, { disagreement }) => sum + disagreement, 0) / counted.length,
      },
      reasons: [...reasons, costOf(own.flatMap(({ opinions }) => opinions.map(([, opinion]) => opinion)))],
    };
  });
}

/**
 * Scores from 0 to 1 of a group out of its comparisons: the mean chance (Bradley–Terry, Elo) to beat the others who were compared
 * at all, or the share of won points. `null` for those without a comparison.
 */
export function groupScores(
  count: number,
  matches: readonly Match[],
  options: Pick<PairwiseConfig, 'scoring' | 'prior' | 'kFactor' | 'seed'>,
): (number | null)[] {
  const { scoring, prior, kFactor, seed } = options;
  const all = Array.from({ length: count }, (_, index) => index);
  const played = all.filter((index) => matches.some(({ first, second }) => first === index || second === index));
  if (scoring === 'win_rate') {
    return all.map((index) => {
      const own = matches.filter(({ first, second }) => first === index || second === index);
      const points = own.reduce((sum, { first, outcome }) => sum + (first === index ? outcome : 1 - outcome), 0);
      return own.length === 0 ? null : points / own.length;
    });
  }
  const strengths =
    scoring === 'elo'
      ? eloScores(count, matches, { kFactor, seed }).map((rating) => (rating * Math.LN10) / 400)
      : bradleyTerryScores(count, matches, { prior });
  return all.map((index) => {
    if (!played.includes(index)) return null;
    const chances = played
      .filter((other) => other !== index)
      .map((other) => chance(strengths[index]!, strengths[other]!));
    return chances.reduce((sum, value) => sum + value, 0) / chances.length;
  });
}

// Infinite strengths (no prior, won or lost all) differ by NaN from each other: a tie.
function chance(own: number, other: number): number {
  return own === other ? 0.5 : 1 / (1 + Math.exp(other - own));
}

function comparisonLines({ first, second, outcome, opinions, note }: Comparison, index: number): string[] {
  const other = first === index ? second : first;
  const own = outcome === null ? null : first === index ? outcome : 1 - outcome;
  const word = own === null ? 'unknown' : own > 0.5 ? 'better' : own < 0.5 ? 'worse' : 'tie';
  const about = `against sample ${other}: ${word}${note === undefined ? '' : `, ${note}`}`;
  return [
    about,
    ...opinions.map(([order, opinion]) => opinionLine(opinion, ` (A = sample ${order === 'AB' ? first : second})`)),
  ];
}

function unverifiable(reasons: readonly string[]): RewardResult {
  return { verdict: 'unverifiable', score: null, parts: {}, reasons };
}
