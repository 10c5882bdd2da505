import { describe, expect, it } from 'vitest';
import type { GenerationResult } from '../engine.ts';
import type { AgentGeneration, MultiAgentEnvironment, MultiAgentStep } from '../multi-agent.ts';
import type { Task } from '../task.ts';

/** What the suite needs to drive an environment of several agents. */
export interface MultiAgentEnvironmentFixture {
  readonly environment: MultiAgentEnvironment;
  /** A task it can run. */
  readonly task: Task;
  /** Tokens every agent answers with. Default `[1]`. */
  readonly answer?: readonly number[];
}

/** One round of an episode: what the environment said, and who then wrote. */
interface Round {
  readonly step: MultiAgentStep;
  readonly generations: readonly AgentGeneration[];
}

/**
 * Conformance suite of `MultiAgentEnvironment`: agents have names of their own; episodes ask only them, with prompts
 * that are not empty and for conversations that were begun, each once at a time; scores and answers belong to what was
 * written; episodes are the same for the same seed, independent of one another, end, and close twice without harm.
 *
 * @param name shown in the test report
 * @param make builds the environment and a task it can run
 * @param maxRounds rounds after which an episode must have ended. Default 32
 */
export function testMultiAgentEnvironment(
  name: string,
  make: () => MultiAgentEnvironmentFixture,
  maxRounds = 32,
): void {
  describe(`MultiAgentEnvironment conformance: ${name}`, () => {
    it('has agents with names of their own', async () => {
      const { environment } = make();
      expect(environment.agents.length).toBeGreaterThan(0);
      expect(new Set(environment.agents).size).toBe(environment.agents.length);
      await environment.close?.();
    });

    it('asks what can be done, scores what was written, and ends within the bound', async () => {
      const fixture = make();
      const { environment } = fixture;
      const rounds = await play(fixture, maxRounds);
      expect(rounds.at(-1)?.step.done).toBe(true);
      const begun = new Map<string, number>(environment.agents.map((agent) => [agent, 0]));
      let answered: readonly AgentGeneration[] = [];
      for (const { step, generations } of rounds) {
        if (step.turnScores !== undefined) expect(step.turnScores).toHaveLength(answered.length);
        for (const score of step.turnScores ?? []) if (score !== null) expect(Number.isFinite(score)).toBe(true);
        if (step.done) {
          for (const agent of Object.keys(step.agentScores ?? {})) expect(environment.agents).toContain(agent);
          for (const { agent, conversation } of step.answers ?? []) {
            expect(conversation).toBeLessThan(begun.get(agent) ?? 0);
          }
          continue;
        }
        expect(step.requests.length).toBeGreaterThan(0);
        for (const request of step.requests) {
          expect(environment.agents).toContain(request.agent);
          expect(request.maxNewTokens ?? 1).toBeGreaterThanOrEqual(1);
          const count = begun.get(request.agent) ?? 0;
          if ('promptTokens' in request) {
            expect(request.promptTokens.length).toBeGreaterThan(0);
            begun.set(request.agent, count + 1);
          } else {
            expect(request.conversation ?? count - 1).toBeGreaterThanOrEqual(0);
            expect(request.conversation ?? count - 1).toBeLessThan(count);
          }
        }
        const places = generations.map(({ agent, conversation }) => JSON.stringify([agent, conversation]));
        expect(new Set(places).size).toBe(places.length);
        answered = generations;
      }
      await environment.close?.();
    });

    it('asks the same for the same seed, also with episodes at the same time', async () => {
      const fixture = make();
      const [first, second] = await Promise.all([play(fixture, maxRounds), play(fixture, maxRounds)]);
      expect(asked(first)).toEqual(asked(second));
      await fixture.environment.close?.();
    });

    it('closes twice, also an episode that has not ended or not started', async () => {
      const { environment, task } = make();
      const started = environment.createEpisode(task, { sampleIndex: 0, seed: 1 });
      await started.start();
      for (const episode of [started, environment.createEpisode(task, { sampleIndex: 1, seed: 1 })]) {
        await episode.close?.();
        await episode.close?.();
      }
      await environment.close?.();
      await environment.close?.();
    });
  });
}

async function play(
  { environment, task, answer = [1] }: MultiAgentEnvironmentFixture,
  maxRounds: number,
): Promise<Round[]> {
  const result: GenerationResult = {
    tokens: Int32Array.from(answer),
    logProbs: Float32Array.from(answer, () => -1),
    samplingLogProbs: Float32Array.from(answer, () => -1),
    policyVersions: Int32Array.from(answer, () => 0),
    stopReason: 'eos',
  };
  const episode = environment.createEpisode(task, { sampleIndex: 0, seed: 1 });
  const begun = new Map<string, number>();
  const rounds: Round[] = [];
  let step = await episode.start();
  for (let round = 0; !step.done && round < maxRounds; round++) {
    const generations = step.requests.map((request): AgentGeneration => {
      const count = begun.get(request.agent) ?? 0;
      if ('promptTokens' in request) begun.set(request.agent, count + 1);
      const conversation = 'promptTokens' in request ? count : (request.conversation ?? count - 1);
      return { agent: request.agent, conversation, result };
    });
    rounds.push({ step, generations });
    step = await episode.step(generations);
  }
  rounds.push({ step, generations: [] });
  await episode.close?.();
  return rounds;
}

function asked(rounds: readonly Round[]): unknown {
  return rounds.map(({ step }) =>
    step.done
      ? { answers: step.answers }
      : step.requests.map((request) => ({
          ...request,
          tokens: [...('promptTokens' in request ? request.promptTokens : request.observationTokens)],
          promptTokens: undefined,
          observationTokens: undefined,
        })),
  );
}
