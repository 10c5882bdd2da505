import type { Trajectory } from '@rlloom/spec';
import { z } from 'zod';
import type { GatewayService, ZodApp } from './gateway-service.ts';
import { OpenAiError } from './openai-error.ts';
import { scoreCalls, type Session, type SessionRecord, sessionRecord } from './session.ts';

const place = z.object({ rolloutId: z.string().min(1), attempt: z.string().min(1) });

const rewardRequest = z
  .strictObject({
    reward: z.number().optional().describe('of the whole'),
    scores: z.array(z.number().nullable()).optional().describe('of the answers, in the order they were given'),
    attempt: z
      .union([z.string().min(1), z.int()])
      .optional()
      .describe('which one, where a rollout has several'),
    completion_id: z.string().optional().describe('the answer that the reward is for; default: the whole'),
  })
  .refine(({ reward, scores }) => reward !== undefined || scores !== undefined, 'give a reward or scores');
type RewardRequest = z.infer<typeof rewardRequest>;

const endRequest = z.strictObject({
  reward: z.number().optional().describe('of the whole'),
  failure: z.string().min(1).optional().describe('why the run failed; it is not judged then'),
});

/** Adds what is told of sessions beside their calls: rewards, their end, and what they hold. */
export function addRolloutRoutes(
  app: ZodApp,
  service: GatewayService,
  onSessionEnd: (record: SessionRecord) => Promise<void>,
): void {
  const { sessions, tokenizer } = service;
  app.post(
    '/rollout/:rolloutId/reward',
    {
      schema: {
        summary: 'Rewards a rollout that has one open attempt, or the one named',
        body: rewardRequest,
        params: place.pick({ rolloutId: true }),
      },
    },
    (request) => {
      const { rolloutId } = request.params;
      const { attempt } = request.body;
      const open = sessions.ofRollout(rolloutId);
      if (attempt === undefined && open.length > 1) {
        throw new OpenAiError(400, {
          message: `${rolloutId} has ${open.length} open attempts: name one`,
          code: 'which_attempt',
          param: 'attempt',
        });
      }
      return reward(
        open[0] !== undefined && attempt === undefined ? open[0] : sessions.get(rolloutId, String(attempt ?? 0)),
        request.body,
      );
    },
  );
  app.post(
    '/rollout/:rolloutId/:attempt/reward',
    { schema: { summary: 'Rewards an attempt', body: rewardRequest, params: place } },
    ({ params, body }) => reward(sessions.get(params.rolloutId, params.attempt), body),
  );
  app.post(
    '/rollout/:rolloutId/:attempt/end',
    {
      schema: {
        summary: 'Ends an attempt: its trajectories are handed over',
        body: endRequest.nullish(),
        params: place,
      },
    },
    async ({ params, body }) => {
      const session = sessions.get(params.rolloutId, params.attempt);
      if (body?.reward !== undefined) session.reward = body.reward;
      const record = service.end(session, body?.failure === undefined ? {} : { failure: body.failure });
      if (record !== undefined) await onSessionEnd(record);
      return { trajectories: record?.trajectories.length ?? 0, calls: record?.calls ?? 0 };
    },
  );
  app.get(
    '/rollout/:rolloutId',
    { schema: { summary: 'The open attempts of a rollout', params: place.pick({ rolloutId: true }) } },
    ({ params: { rolloutId } }) => ({ rollout_id: rolloutId, attempts: sessions.ofRollout(rolloutId).map(summary) }),
  );
  app.get(
    '/rollout/:rolloutId/:attempt/trajectories',
    { schema: { summary: 'What an open attempt has recorded: token ids, log-probs, masks, versions', params: place } },
    ({ params: { rolloutId, attempt } }) => {
      const session = sessions.get(rolloutId, attempt);
      const idle = { ...session, running: new Set<AbortController>() };
      return { trajectories: sessionRecord(idle, { tokenizer }).trajectories.map(plain) };
    },
  );
}

function reward(
  session: Session,
  { reward: value, scores, completion_id: id }: RewardRequest,
): Record<string, unknown> {
  if (scores !== undefined) scoreCalls(session, scores);
  if (value !== undefined && id === undefined) session.reward = value;
  if (value !== undefined && id !== undefined) {
    const call = session.tree.calls.find((each) => id.endsWith(each.id));
    if (call === undefined) throw new OpenAiError(404, { message: `there is no answer ${id}`, code: 'no_answer' });
    session.scores.set(call.id, value);
  }
  session.lastUsed = Date.now();
  return summary(session);
}

function summary({
  attempt,
  tree,
  tokens,
  reward: value,
  scores,
  disconnects,
  errors,
}: Session): Record<string, unknown> {
  return {
    ...{ attempt, calls: tree.calls.length, tokens, reward: value ?? null },
    ...{ scores: tree.calls.map(({ id }) => scores.get(id) ?? null), disconnects, errors },
  };
}

function plain(trajectory: Trajectory): Record<string, unknown> {
  const { tokens, lossMask, rolloutLogProbs, policyVersions, ...rest } = trajectory;
  return {
    ...{ task_id: rest.taskId, tag: rest.tag, sample_index: rest.sampleIndex, prompt_length: rest.promptLength },
    ...{ tokens: [...tokens], loss_mask: [...lossMask], rollout_log_probs: [...rolloutLogProbs] },
    ...{ policy_versions: [...policyVersions], stop_reason: rest.stopReason, response_text: rest.responseText },
    turn_scores: rest.turnScores ?? null,
  };
}
