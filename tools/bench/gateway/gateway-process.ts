// A gateway in front of a stub policy, in a process of its own: tells its address, then what it held.
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@rlloom/models';
import { createGateway } from '@rlloom/rollout/gateway';
import type { RolloutEngine } from '@rlloom/spec';
import { stubPolicy } from './stub-policy.ts';
import { watchResidentPeak } from '../peak-resident.ts';

/** What a gateway process says. */
export type GatewaySaid =
  | { readonly url: string }
  | {
      readonly peakBytes: number | undefined;
      /** Milliseconds of processor time since `begin`. */
      readonly cpuMs: number;
      readonly ended: number;
      readonly trajectories: number;
      readonly open: number;
    };

const tokenizer = await loadTokenizer(fileURLToPath(new URL('../../fixtures/models/qwen2', import.meta.url)));
const engine: RolloutEngine = stubPolicy(tokenizer, Number(process.argv[2]));
let ended = 0;
let trajectories = 0;
const gateway = await createGateway({
  ...{ engine, tokenizer },
  onSessionEnd(record) {
    ended += 1;
    trajectories += record.trajectories.length;
  },
});
const peak = watchResidentPeak();
const say = (message: GatewaySaid): void => void process.send?.(message);
say({ url: await gateway.listen({ port: 0 }) });
let begun = process.cpuUsage();
process.on('message', (message) => {
  if (message === 'begin') {
    begun = process.cpuUsage();
    return;
  }
  const { user, system } = process.cpuUsage(begun);
  say({ cpuMs: (user + system) / 1000, peakBytes: peak(), ended, trajectories, open: gateway.load.sessions });
  void gateway.close().then(() => process.disconnect());
});
