import type { AgentConversation, AgentRequest, MultiAgentStep } from '@rlloom/spec';

/** Where a request goes: which conversation, and how long it will be when the agent writes. */
export interface RequestTarget extends AgentConversation {
  readonly request: AgentRequest;
  readonly length: number;
}

/** What an episode has so far, as far as its next requests are concerned. */
export interface EpisodeShape {
  readonly agents: readonly string[];
  /** Tokens in each conversation of an agent. */
  lengths(agent: string): readonly number[];
  /** Longest sequence that can be generated for an agent, in tokens. */
  room(agent: string): number;
}

/**
 * Where the requests of a step go; a text that says what is wrong if they cannot be followed. Checked as a whole before
 * anything is appended or sent, so that one bad episode never fails the batch it is in.
 */
export function requestTargets(requests: readonly AgentRequest[], shape: EpisodeShape): RequestTarget[] | string {
  if (requests.length === 0) return 'the episode goes on, but asks no agent to write';
  const targets: RequestTarget[] = [];
  const begun = new Map<string, number>();
  const asked = new Set<string>();
  for (const request of requests) {
    const { agent, maxNewTokens } = request;
    if (!shape.agents.includes(agent)) return `the episode asks "${agent}", who is not one of its agents`;
    if (maxNewTokens !== undefined && !(Number.isInteger(maxNewTokens) && maxNewTokens >= 1)) {
      return `the episode allows "${agent}" ${maxNewTokens} new tokens; at least 1 is needed`;
    }
    const lengths = shape.lengths(agent);
    const next = begun.get(agent) ?? lengths.length;
    let target: RequestTarget;
    if ('promptTokens' in request) {
      if (request.promptTokens.length === 0) return `the prompt of "${agent}" is empty`;
      target = { agent, conversation: next, request, length: request.promptTokens.length };
      begun.set(agent, next + 1);
    } else {
      const conversation = request.conversation ?? lengths.length - 1;
      const before = lengths[conversation];
      if (before === undefined) return `"${agent}" is to go on with a conversation that was not begun`;
      target = { agent, conversation, request, length: before + request.observationTokens.length };
    }
    const key = JSON.stringify([agent, target.conversation]);
    if (asked.has(key)) return `conversation ${target.conversation} of "${agent}" is asked to go on twice at once`;
    asked.add(key);
    if (target.length >= shape.room(agent)) {
      return `conversation ${target.conversation} of "${agent}" has ${target.length} tokens, its engine takes ${shape.room(agent)} with what is written`;
    }
    targets.push(target);
  }
  return targets;
}

/** What is wrong with the scores and answers of a step that answers `answered`; `undefined` if nothing is. */
export function scoreProblem(
  step: MultiAgentStep,
  answered: readonly AgentConversation[],
  shape: EpisodeShape,
): string | undefined {
  const { turnScores } = step;
  if (turnScores !== undefined && turnScores.length !== answered.length) {
    return `the episode gives ${turnScores.length} turn scores for ${answered.length} turns`;
  }
  const agentScores = step.done ? (step.agentScores ?? {}) : {};
  const stranger = Object.keys(agentScores).find((agent) => !shape.agents.includes(agent));
  if (stranger !== undefined) return `the episode scores "${stranger}", who is not one of its agents`;
  const scores = [...(turnScores ?? []), ...Object.values(agentScores)];
  const bad = scores.find((score) => score !== null && !Number.isFinite(score));
  if (bad !== undefined) return `the episode gives a score of ${bad}`;
  const answers = step.done ? (step.answers ?? []) : [];
  const missing = answers.find(({ agent, conversation }) => shape.lengths(agent)[conversation] === undefined);
  if (missing !== undefined) {
    return `the answer is said to be in conversation ${missing.conversation} of "${missing.agent}", which was not begun`;
  }
  return undefined;
}
