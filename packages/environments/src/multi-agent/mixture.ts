import type { MixtureConfig } from './mixture.config.ts';
import { askRole, showAnswers } from './show-answers.ts';
import { createTeam, type TeamAnswer, type TeamEnvironment, type TeamResources } from './team.ts';

/**
 * A mixture of agents: proposers answer at the same time, in further layers from the answers of the layer before, each
 * in a new conversation; the aggregator makes the team's answer of the last layer.
 *
 * Mixture-of-Agents, arXiv:2406.04692.
 */
export function mixture(config: MixtureConfig, resources: TeamResources): TeamEnvironment {
  const { proposers, layers, refinement, aggregator, hideThoughts, answerFormat } = config;
  return createTeam({
    ...resources,
    name: 'mixture',
    roles: [...proposers, aggregator],
    hideThoughts,
    *play(task) {
      let answers: readonly TeamAnswer[] = yield proposers.map((role) => askRole(role, task));
      for (let layer = 1; layer < layers; layer++) {
        const shown = showAnswers(answers, answerFormat);
        answers = yield proposers.map(({ name }) => askRole({ name, prompt: refinement }, task, { answers: shown }));
      }
      yield [askRole(aggregator, task, { answers: showAnswers(answers, answerFormat) })];
      return {};
    },
  });
}
