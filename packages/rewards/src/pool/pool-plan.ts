import { resolve } from 'node:path';
import { defaultTimeoutMs, rewardKinds } from '../reward-kinds.ts';
import type { RewardDomainConfig, RewardPartConfig, RewardsConfig } from '../rewards.config.ts';
import type { RewardSource, UnitPart, UnitPlan, WorkerPlan } from '../worker/messages.ts';

/** One part of a domain's reward. */
export interface PartPlan {
  readonly name: string;
  readonly weight: number;
  readonly verifies: boolean;
}

/** Where a unit is scored, and which parts of its domain it is. */
interface UnitPlace {
  /** Index in `PoolPlan.lanes`. */
  readonly lane: number;
  /** Index in the units of the lane. */
  readonly unit: number;
  readonly scope: UnitPlan['scope'];
  /** Index in the parts of the domain, for each part of the unit. */
  readonly parts: readonly number[];
}

/** One domain. */
export interface DomainPlan {
  readonly name: string;
  readonly parts: readonly PartPlan[];
  readonly units: readonly UnitPlace[];
}

/** Threads with the same settings, and all units they score. */
export interface ThreadLane extends WorkerPlan {
  readonly place: 'thread';
  readonly size: number;
  readonly memoryLimitMb: number;
}

/** A reward that runs on the main thread: of the package, or the caller's own by name. */
export type MainSource = RewardSource | { readonly type: 'local'; readonly name: string };

/** Units that only wait, on the main thread. */
export interface MainLane {
  readonly place: 'main';
  readonly concurrency: number;
  readonly units: readonly UnitPlan<MainSource>[];
}

/** Who scores what. */
export interface PoolPlan {
  readonly domains: readonly DomainPlan[];
  readonly lanes: readonly (MainLane | ThreadLane)[];
}

/** Jobs in flight of a domain on the main thread, unless it says otherwise. */
const mainConcurrency = 32;

/**
 * Decides who scores what. Parts of a domain that share place and scope are one unit. Domains without threads of their
 * own share a lane; a domain that sets `workers`, `memoryLimitMb` or `concurrency` has one for itself.
 *
 * @param defaultWorkers threads of the shared lane when the configuration does not say
 */
export function poolPlan(config: RewardsConfig, baseDirectory: string, defaultWorkers: number): PoolPlan {
  const lanes: (MainLane | ThreadLane)[] = [];
  let shared: number | undefined;
  const addUnit = (lane: number, unit: UnitPlan<MainSource>): number =>
    (lanes[lane]!.units as UnitPlan<MainSource>[]).push(unit) - 1;
  const threadLane = (domain: RewardDomainConfig): number => {
    const isOwn = ownThreads.some((key) => domain[key] !== null);
    if (!isOwn && shared !== undefined) return shared;
    const lane: ThreadLane = {
      place: 'thread',
      // Jobs that wait need few threads.
      size:
        domain.workers ??
        (domain.concurrency === null || domain.concurrency === 1 ? (config.workers ?? defaultWorkers) : 1),
      memoryLimitMb: domain.memoryLimitMb ?? config.memoryLimitMb,
      concurrency: domain.concurrency ?? 1,
      units: [],
    };
    const index = lanes.push(lane) - 1;
    if (!isOwn) shared = index;
    return index;
  };
  const domains = Object.entries(config.domains).map(([name, domain]): DomainPlan => {
    const entries = Object.entries(domain.rewards);
    const units: UnitPlace[] = [];
    const ownLanes = new Map<'thread' | 'main', number>();
    for (const { place, scope, parts } of unitsOf(entries)) {
      const lane =
        ownLanes.get(place) ??
        (place === 'thread'
          ? threadLane(domain)
          : lanes.push({ place, concurrency: domain.concurrency ?? mainConcurrency, units: [] }) - 1);
      ownLanes.set(place, lane);
      const unit = addUnit(lane, {
        domain: name,
        scope,
        timeoutMs: domain.timeoutMs ?? config.timeoutMs ?? longestDefault(parts.map((index) => entries[index]![1])),
        parts: parts.map((index): UnitPart<MainSource> => {
          const [partName, part] = entries[index]!;
          return { name: partName, source: sourceOf(part, baseDirectory) };
        }),
      });
      units.push({ lane, unit, scope, parts });
    }
    return {
      name,
      parts: entries.map(([partName, part]) => ({
        name: partName,
        weight: part.weight ?? config.rewardWeights[partName] ?? 1,
        verifies: part.verifies ?? verifiesByDefault(part),
      })),
      units,
    };
  });
  return { domains, lanes };
}

const ownThreads = ['workers', 'memoryLimitMb', 'concurrency'] as const;

interface UnitParts {
  readonly place: 'thread' | 'main';
  readonly scope: UnitPlan['scope'];
  readonly parts: number[];
}

function unitsOf(entries: readonly (readonly [string, RewardPartConfig])[]): readonly UnitParts[] {
  const units: UnitParts[] = [];
  for (const [index, [, part]] of entries.entries()) {
    const { place, scope } = homeOf(part);
    const same = units.find((unit) => unit.place === place && unit.scope === scope);
    if (same === undefined) units.push({ place, scope, parts: [index] });
    else same.parts.push(index);
  }
  return units;
}

function homeOf(part: RewardPartConfig): Pick<UnitParts, 'place' | 'scope'> {
  switch (part.type) {
    case 'module':
      return { place: 'thread', scope: part.scope };
    case 'local':
      return { place: 'main', scope: part.scope };
    default: {
      const { runs, scope } = rewardKinds[part.type];
      return { place: runs, scope };
    }
  }
}

/** What parts that share a deadline may take when nobody says. */
function longestDefault(parts: readonly RewardPartConfig[]): number {
  return Math.max(
    ...parts.map((part) =>
      part.type === 'module' || part.type === 'local'
        ? defaultTimeoutMs
        : (rewardKinds[part.type].timeoutMs ?? defaultTimeoutMs),
    ),
  );
}

function verifiesByDefault(part: RewardPartConfig): boolean {
  return part.type !== 'module' && part.type !== 'local' && rewardKinds[part.type].verifies;
}

function sourceOf(part: RewardPartConfig, baseDirectory: string): MainSource {
  switch (part.type) {
    case 'module':
      return { type: part.type, file: resolve(baseDirectory, part.module), export: part.export, options: part.options };
    case 'local':
      return { type: part.type, name: part.name };
    default:
      return { type: part.type, options: part.options };
  }
}
