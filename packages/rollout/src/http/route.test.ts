import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseServer, routeKey } from './route.ts';

const limits = { maxConcurrent: 1000, loadFactor: 1.25 };
const idle = (count: number) => Array.from({ length: count }, (_, i) => ({ url: `http://server-${i}`, inFlight: 0 }));

describe('routeKey', () => {
  it('is the session, else the head of the prompt', () => {
    expect(routeKey({ sessionId: 'a', promptTokens: [1] }, 2)).toBe(routeKey({ sessionId: 'a', promptTokens: [9] }, 2));
    expect(routeKey({ promptTokens: [1, 2, 3] }, 2)).toBe(routeKey({ promptTokens: Int32Array.of(1, 2, 4) }, 2));
    expect(routeKey({ promptTokens: [1, 2] }, 2)).not.toBe(routeKey({ promptTokens: [12] }, 2));
  });
});

describe('chooseServer', () => {
  it('moves only the keys of a server that goes', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 2, max: 8 }), fc.nat(), (key, count, gone) => {
        const servers = idle(count);
        const before = chooseServer(servers, key, limits);
        const lost = servers[gone % count];
        const after = chooseServer(
          servers.filter((server) => server !== lost),
          key,
          limits,
        );
        if (before !== lost) expect(after).toBe(before);
      }),
    );
  });

  it('spreads keys', () => {
    const servers = idle(4);
    const counts = new Map<string, number>();
    for (let key = 0; key < 4000; key++) {
      const { url } = chooseServer(servers, `session:${key}`, limits) as (typeof servers)[number];
      counts.set(url, (counts.get(url) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it('never gives a server more than its bounded share, and always finds one with room', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 60 }), (keys) => {
        const servers = idle(3);
        for (const [index, key] of keys.entries()) {
          const chosen = chooseServer(servers, key, limits);
          expect(chosen).toBeDefined();
          if (chosen !== undefined) chosen.inFlight++;
          expect(Math.max(...servers.map(({ inFlight }) => inFlight))).toBeLessThanOrEqual(
            Math.ceil((1.25 * (index + 1)) / 3),
          );
        }
      }),
    );
  });

  it('is nobody when all are full', () => {
    const servers = idle(2).map((server) => ({ ...server, inFlight: 3 }));
    expect(chooseServer(servers, 'x', { maxConcurrent: 3, loadFactor: 2 })).toBeUndefined();
  });
});
