import { z } from 'zod';
import { scoreSample, type ScoreSample } from './score-schemas.ts';
import { goneSignal, type RewardService, scoreSamples, type ZodApp } from './score-routes.ts';

const text = z.string();
const label = z.union([text, z.number(), z.null()]);

// slime's `remote_rm` sends these three; a prompt may be a list of messages.
const slimeBody = z.object({ prompt: z.unknown(), response: text, label: label.optional() });

// OpenRLHF sends prompt and response as one decoded text.
const openRlhfBody = z.object({
  query: z.array(text),
  prompts: z.array(text).optional(),
  labels: z.array(label).optional(),
});

const choice = z.object({
  tag: text.optional().describe('routes to a domain'),
  unverifiable: z.coerce.number().optional().describe('the reward of what could not be verified; default: null'),
});

/**
 * Adds `POST /slime` and `POST /get_reward`, in the form of slime's `--rm-url` and OpenRLHF's `--reward.remote_url`.
 * Neither has a way to say that a response could not be verified: its reward is `null`, which ends the run of a trainer
 * that computes with it, unless the query says which number to put in its place (`?unverifiable=0`); the Python modules
 * of this package know how each trainer can leave such samples out.
 */
export function addPeerRoutes(app: ZodApp, service: RewardService): void {
  app.post(
    '/slime',
    { schema: { summary: 'One reward, as slime asks for it', body: slimeBody, querystring: choice } },
    async (request, reply) => {
      const { prompt, response, label: truth } = request.body;
      const sample = sampleOf({ prompt: promptText(prompt), response, truth, tag: request.query.tag });
      const [result] = await scoreSamples(service, [sample], goneSignal(reply));
      return reply.type('application/json').send(JSON.stringify(result!.reward ?? request.query.unverifiable ?? null));
    },
  );
  app.post(
    '/get_reward',
    { schema: { summary: 'Rewards, as OpenRLHF asks for them', body: openRlhfBody, querystring: choice } },
    async (request, reply) => {
      const { query, prompts = [], labels = [] } = request.body;
      const samples = query.map((whole, index) => {
        const prompt = prompts[index] ?? '';
        return sampleOf({ prompt, response: afterPrompt(whole, prompt), truth: labels[index], tag: request.query.tag });
      });
      const results = samples.length === 0 ? [] : await scoreSamples(service, samples, goneSignal(reply));
      const orElse = request.query.unverifiable ?? null;
      const unverifiable = results.map(({ verdict }) => (verdict === 'unverifiable' ? 1 : 0));
      return {
        rewards: results.map(({ reward }) => reward ?? orElse),
        scores: results.map(({ score }) => score ?? orElse),
        extra_logs: { unverifiable },
      };
    },
  );
}

interface PeerSample {
  readonly prompt: string;
  readonly response: string;
  readonly truth: string | number | null | undefined;
  readonly tag: string | undefined;
}

function sampleOf({ prompt, response, truth, tag }: PeerSample): ScoreSample {
  return scoreSample.parse({
    prompt,
    response,
    ...(truth != null && { ground_truth: String(truth) }),
    ...(tag !== undefined && { tag }),
  });
}

function promptText(prompt: unknown): string {
  if (typeof prompt === 'string') return prompt;
  return Array.isArray(prompt)
    ? prompt.map((message: { content?: unknown }) => String(message.content)).join('\n\n')
    : '';
}

// Decoding may put a token such as `<s>` before the prompt.
function afterPrompt(whole: string, prompt: string): string {
  const at = prompt === '' ? -1 : whole.indexOf(prompt);
  return at === -1 ? whole : whole.slice(at + prompt.length);
}
