import { expect, it } from 'vitest';
import { measureGateway } from './gateway.ts';

it('serves many agents at once: every call is answered, every session is a trajectory, nothing stays', {
  timeout: 120_000,
}, async () => {
  const measured = await measureGateway({ sessions: 60, turns: 5, engineMs: 20 });
  // 20 sessions warm up.
  expect(measured).toMatchObject({ calls: 300, failed: 0, openSessions: 0 });
  expect(measured.trajectories).toBe(measured.endedSessions);
  expect(measured.endedSessions).toBe(60 + 20);
  if (measured.peakBytes !== undefined) expect(measured.peakBytes).toBeLessThan(2 ** 28);
});
