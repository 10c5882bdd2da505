import { RlloomError } from '@rlloom/spec';
import type { ChainConfig } from './chain.config.ts';
import { askRole } from './show-answers.ts';
import { createTeam, type TeamAnswer, type TeamEnvironment, type TeamResources } from './team.ts';

/**
 * A chain: agents write one after another, each told of the task and of what those before it wrote, e.g. solver,
 * verifier, refiner. A link with `acceptWhen` checks: when it accepts, the chain ends with the answer before it. The
 * last link that does not check gives the team's answer. `accepted` in the metrics says whether a check ended it.
 *
 * @throws RlloomError `config` for an `acceptWhen` that is no regular expression, a link that continues what was not
 * begun, or a chain of checks alone
 */
export function chain(config: ChainConfig, resources: TeamResources): TeamEnvironment {
  const { links, hideThoughts } = config;
  const checks = links.map(({ acceptWhen }, index) => (acceptWhen === null ? null : toPattern(acceptWhen, index)));
  const first = links.filter((link, index) => links.findIndex(({ name }) => name === link.name) === index);
  links.forEach((link, index) => {
    if (link.continues && first.includes(link)) {
      throw linkError(index, `"${link.name}" goes on with a conversation that no link before it begins`);
    }
  });
  if (!checks.includes(null)) throw linkError(0, 'every link checks, none answers');
  return createTeam({
    ...resources,
    name: 'chain',
    roles: first,
    hideThoughts,
    *play(task) {
      const values: Record<string, string> = {};
      let answer: TeamAnswer | undefined;
      for (const [index, link] of links.entries()) {
        const [written] = yield [{ ...askRole(link, task, values), continues: link.continues }];
        if (written === undefined) break;
        const check = checks[index] ?? null;
        if (check === null) answer = written;
        else if (answer !== undefined && check.test(written.text)) {
          return { answers: [answer], metrics: { accepted: 1 }, reason: `${link.name} accepted` };
        }
        values['previous'] = written.text;
        values[link.name] = written.text;
      }
      return {
        ...(answer !== undefined && { answers: [answer] }),
        ...(checks.some((check) => check !== null) && { metrics: { accepted: 0 } }),
      };
    },
  });
}

function toPattern(source: string, index: number): RegExp {
  try {
    return new RegExp(source);
  } catch (error) {
    throw linkError(index, `accept_when is no regular expression: ${String(error)}`, error);
  }
}

function linkError(index: number, what: string, cause?: unknown): RlloomError {
  return new RlloomError('config', {
    what,
    where: `environment.links[${index}]`,
    fix: 'see the options of the chain environment',
    cause,
  });
}
