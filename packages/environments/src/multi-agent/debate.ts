import type { DebateConfig } from './debate.config.ts';
import { askRole, showAnswers } from './show-answers.ts';
import { fillPrompt, taskText } from './shown-text.ts';
import { createTeam, type TeamAnswer, type TeamEnvironment, type TeamResources } from './team.ts';

/**
 * A debate: every debater answers the task; then, round by round, each reads what the others wrote last and answers
 * again in its own conversation. With a judge, who reads the last answers, that gives the team's answer; without, each
 * debater's conversation holds one.
 *
 * Multi-agent debate, arXiv:2305.14325; trained so by MARTI.
 */
export function debate(config: DebateConfig, resources: TeamResources): TeamEnvironment {
  const { debaters, rounds, rebuttal, judge, hideThoughts, answerFormat } = config;
  return createTeam({
    ...resources,
    name: 'debate',
    roles: judge === null ? debaters : [...debaters, judge],
    hideThoughts,
    *play(task) {
      let answers: readonly TeamAnswer[] = yield debaters.map((role) => askRole(role, task));
      for (let round = 1; round < rounds; round++) {
        const given = answers;
        answers = yield given.map(({ agent }) => ({
          agent,
          continues: true,
          says: fillPrompt(rebuttal, {
            task: taskText(task),
            answers: showAnswers(
              given.filter((other) => other.agent !== agent),
              answerFormat,
            ),
          }),
        }));
      }
      if (judge !== null) yield [askRole(judge, task, { answers: showAnswers(answers, answerFormat) })];
      return {};
    },
  });
}
