// Right or wrong, after a second: as a judge behind an endpoint, or a test suite, would take.
import { setTimeout as sleep } from 'node:timers/promises';

export default {
  name: 'slow',
  async score({ task, responseText }, _options, { signal }) {
    await sleep(Number(process.env.REWARD_MS ?? 1000), undefined, { signal });
    return responseText.split('####').at(-1)?.trim() === String(task.groundTruth?.finalAnswer) ? 1 : 0;
  },
};
