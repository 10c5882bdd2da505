import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { GatewaySaid } from './gateway-process.ts';
import { runSessions, type SessionLoad } from './run-sessions.ts';

/** What a gateway did under a load. */
export interface GatewayMeasurement {
  readonly calls: number;
  readonly failed: number;
  readonly seconds: number;
  /** Milliseconds of a call beyond those of the policy, as the agents saw them. */
  readonly addedMs: { readonly p50: number; readonly p90: number; readonly p99: number };
  /** Processor time of the gateway's process per call, milliseconds. */
  readonly cpuMsPerCall: number;
  /** Bytes the gateway's process held at its peak, above those at its start. */
  readonly peakBytes: number | undefined;
  readonly endedSessions: number;
  readonly trajectories: number;
  readonly openSessions: number;
}

/** Runs agents against a gateway in a process of its own. */
export async function measureGateway(load: SessionLoad): Promise<GatewayMeasurement> {
  const child = fork(fileURLToPath(new URL('gateway-process.ts', import.meta.url)), [String(load.engineMs)], {
    execArgv: ['--conditions=@rlloom/source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'close');
  try {
    const [{ url }] = (await Promise.race([once(child, 'message'), failing(exited)])) as [
      GatewaySaid & { url: string },
    ];
    // The first calls of a process compile its code.
    await runSessions(url, { ...load, sessions: 20, engineMs: 50 }, 'warm');
    child.send('begin');
    const { addedMs, failed, seconds } = await runSessions(url, load, 'session');
    child.send('end');
    const [held] = (await Promise.race([once(child, 'message'), failing(exited)])) as [
      Exclude<GatewaySaid, { url: string }>,
    ];
    const sorted = addedMs.toSorted((a, b) => a - b);
    const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
    return {
      ...{
        calls: addedMs.length,
        failed,
        seconds,
        peakBytes: held.peakBytes,
        cpuMsPerCall: held.cpuMs / addedMs.length,
      },
      addedMs: { p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) },
      ...{ endedSessions: held.ended, trajectories: held.trajectories, openSessions: held.open },
    };
  } finally {
    child.kill();
    await exited;
  }
}

/** Prints what 1,000 agents of 5 turns see. */
export async function benchGateway(load: SessionLoad): Promise<void> {
  const { calls, failed, seconds, addedMs, cpuMsPerCall, peakBytes, endedSessions, openSessions, trajectories } =
    await measureGateway(load);
  const { p50, p90, p99 } = addedMs;
  const lines = [
    `${load.sessions} sessions of ${load.turns} turns at once, a policy of ${load.engineMs} ms: ${calls} calls in ${seconds.toFixed(1)} s, ${failed} failed`,
    `added per call: p50 ${p50.toFixed(1)} ms, p90 ${p90.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms processor time ${cpuMsPerCall.toFixed(2)} ms (load of the machine ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} processors)`,
    `memory: ${peakBytes === undefined ? 'unknown' : `${(peakBytes / 2 ** 20).toFixed(0)} MiB`} above that at the start; sessions ended ${endedSessions}, open ${openSessions}, trajectories ${trajectories}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function failing(exited: Promise<unknown[]>): Promise<never> {
  const [code] = await exited;
  throw new Error(`the gateway's process ended with ${String(code)}`);
}
