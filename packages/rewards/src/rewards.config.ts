import { z } from 'zod';
import { rewardKindSchemas } from './reward-kinds.config.ts';
import { defaultTimeoutMs, rewardKinds } from './reward-kinds.ts';

const part = {
  weight: z
    .number()
    .nullable()
    .default(null)
    .describe('factor of this part in the reward; null = reward_weights, else 1'),
  verifies: z
    .boolean()
    .nullable()
    .default(null)
    .describe(
      'whether this part decides correct or incorrect; null = as its type does: verifiers do; format, module and local do not',
    ),
};

type Schemas = typeof rewardKindSchemas;

type PartSchemas = {
  readonly [Name in keyof Schemas]: Schemas[Name] extends { fields: infer Fields extends z.core.$ZodShape }
    ? z.ZodObject<{ type: z.ZodLiteral<Name> } & typeof part & Fields, z.core.$strict>
    : never;
};

const partSchemas = Object.fromEntries(
  Object.entries(rewardKindSchemas).map(([name, { description, fields }]) => [
    name,
    z.strictObject({ type: z.literal(name).describe(description), ...part, ...fields }),
  ]),
) as unknown as PartSchemas;

const rewardPartConfig = z.discriminatedUnion(
  'type',
  Object.values(partSchemas) as [PartSchemas[keyof PartSchemas], ...PartSchemas[keyof PartSchemas][]],
);

const groupFilterConfig = z.discriminatedUnion('type', [
  z
    .strictObject({
      type: z.literal('mean_filter').describe('by the mean score of the group: neither too hard nor too easy'),
      thresholdDown: z.number().default(0).describe('groups with this mean or less are left out'),
      thresholdUp: z.number().default(1).describe('groups with this mean or more are left out'),
    })
    .refine((filter) => filter.thresholdDown < filter.thresholdUp, 'threshold_down is not below threshold_up'),
  z.strictObject({
    type: z.literal('std_filter').describe('by the sample deviation of the scores of the group'),
    stdThreshold: z.number().min(0).default(0).describe('groups with this deviation or less are left out'),
  }),
]);

const domainConfig = z.strictObject({
  tags: z.array(z.string().min(1)).min(1).describe('tags of the tasks it scores; * = every tag no other domain names'),
  rewards: z
    .record(z.string().regex(/^[\w-]+$/, 'letters, digits, _ and - only'), rewardPartConfig)
    .refine((rewards) => Object.keys(rewards).length > 0, 'needs at least one reward')
    .describe('parts of the reward by name; the reward is their weighted sum'),
  workers: z.int().min(1).nullable().default(null).describe('threads of its own; null = rewards.workers, shared'),
  concurrency: z
    .int()
    .min(1)
    .nullable()
    .default(null)
    .describe('samples in flight in one thread: 1 to compute, many to wait (judges, sandboxes); null = 1, shared'),
  timeoutMs: z
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe(
      'deadline of one sample, or of a group for rewards that compare; null = rewards.timeout_ms, if it is set',
    ),
  memoryLimitMb: z
    .int()
    .min(32)
    .nullable()
    .default(null)
    .describe('JavaScript heap of one thread of its own; null = rewards.memory_limit_mb, shared'),
  filter: groupFilterConfig.nullable().default(null).describe('groups to leave out of training; null = none'),
  normalize: z
    .enum(['none', 'center', 'standardize'])
    .default('none')
    .describe(
      'over the samples of the domain scored together: subtract the mean; standardize also divides by the deviation',
    ),
});

const clip = z.union([
  z.number().positive(),
  z
    .strictObject({ min: z.number().describe('smallest reward'), max: z.number().describe('largest reward') })
    .refine(({ min, max }) => min <= max, 'min is above max'),
]);

const auditConfig = z.strictObject({
  file: z
    .string()
    .min(1)
    .describe('file that verdicts are added to, e.g. rewards.audit; relative to the folder the run starts in'),
  responses: z.boolean().default(false).describe('also keep the text of the responses, not only its hash'),
});

function timeoutText(): string {
  const kinds = Object.entries(rewardKinds).flatMap(([type, { timeoutMs }]) =>
    timeoutMs === undefined ? [] : [`${type} ${timeoutMs}`],
  );
  return `${kinds.join(', ')}, else ${defaultTimeoutMs}`;
}

/** The `rewards` group of a run's configuration: how answers are judged. */
export const rewardsConfig = z
  .strictObject({
    workers: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('threads that domains share; null = one less than the cores, at least one'),
    timeoutMs: z
      .int()
      .positive()
      .nullable()
      .default(null)
      .describe(
        `deadline of one sample, for every domain that sets none; null = by type: ${timeoutText()}; the longest of a domain that has several. A thread that does not end a sample is replaced`,
      ),
    memoryLimitMb: z.int().min(32).default(256).describe('JavaScript heap of one thread'),
    domains: z.record(z.string(), domainConfig).default({}).describe('rewards by domain; tasks are routed by tag'),
    rewardWeights: z
      .record(z.string(), z.number())
      .default({})
      .describe(
        'weights by name: of a part, in every domain that has one; or of a domain, for its rewards after normalize',
      ),
    rewardClip: clip.nullable().default(null).describe('bounds of the final reward: c = -c to c; null = none'),
    onPartFailure: z
      .enum(['fail-sample', 'drop-part'])
      .default('fail-sample')
      .describe('when a part cannot be computed: no reward for the sample, or the sum of the other parts'),
    cacheMb: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe('memory for verdicts of responses that come again; null = every response is scored'),
    audit: auditConfig.nullable().default(null).describe('a log of every verdict; null = none'),
  })
  .superRefine(({ domains, rewardWeights }, context) => {
    const domainOfTag = new Map<string, string>();
    for (const [name, domain] of Object.entries(domains)) {
      for (const [index, tag] of domain.tags.entries()) {
        const other = domainOfTag.get(tag);
        if (other !== undefined) {
          const message = `"${tag}" is routed to ${other === name ? 'this domain twice' : `"${other}" already`}`;
          context.addIssue({ code: 'custom', path: ['domains', name, 'tags', index], message });
        }
        domainOfTag.set(tag, name);
      }
    }
    for (const name of Object.keys(rewardWeights)) {
      const holders = Object.entries(domains).filter(([, { rewards }]) => rewards[name] !== undefined);
      const isDomain = Object.hasOwn(domains, name);
      if (holders.length === 0 && !isDomain) {
        const parts = [...new Set(Object.values(domains).flatMap(({ rewards }) => Object.keys(rewards)))];
        const list = (names: readonly string[]): string => names.join(', ') || 'none';
        const message = `neither a reward nor a domain; rewards: ${list(parts)}; domains: ${list(Object.keys(domains))}`;
        context.addIssue({ code: 'custom', path: ['rewardWeights', name], message });
      }
      if (holders.length > 0 && isDomain) {
        const message = 'names a reward and a domain: rename one of them';
        context.addIssue({ code: 'custom', path: ['rewardWeights', name], message });
      }
      for (const [domain, { rewards }] of holders) {
        if (rewards[name]?.weight == null) continue;
        const message = `contradicts reward_weights.${name}: keep one of them`;
        context.addIssue({ code: 'custom', path: ['domains', domain, 'rewards', name, 'weight'], message });
      }
    }
  });

/** Options of rewards, as validated. */
export type RewardsConfig = z.infer<typeof rewardsConfig>;

/** What the rewards of a domain are multiplied with: 1 unless `rewardWeights` names the domain. */
export function domainWeight({ rewardWeights, domains }: RewardWeights, name: string): number {
  const isPart = Object.values(domains).some(({ rewards }) => rewards[name] !== undefined);
  return isPart ? 1 : (rewardWeights[name] ?? 1);
}

type RewardWeights = Pick<RewardsConfig, 'rewardWeights' | 'domains'>;

/** One part of a domain's reward. */
export type RewardPartConfig = z.infer<typeof rewardPartConfig>;

/** One domain: which tags, which parts. */
export type RewardDomainConfig = z.infer<typeof domainConfig>;
