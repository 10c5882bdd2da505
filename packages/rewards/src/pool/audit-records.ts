import { createHash } from 'node:crypto';
import type { ScoredGroup } from '@rlloom/spec';
import type { AuditRecord } from '../audit/audit-record.ts';
import type { SampleOutcome } from './score-samples.ts';

/** The records of scored groups, made one by one. */
export function* auditRecords(
  groups: readonly ScoredGroup[],
  outcomes: readonly (readonly SampleOutcome[])[],
  options: { readonly responses: boolean },
): Generator<AuditRecord> {
  const time = Date.now();
  for (const [index, { task, trajectories, rewards, domain = '' }] of groups.entries()) {
    for (const [sample, { responseText, sampleIndex }] of trajectories.entries()) {
      const { result, milliseconds, failure, cached } = outcomes[index]![sample]!;
      const { verdict, score, parts, reasons } = result;
      yield {
        time,
        domain,
        taskId: task.id,
        tag: task.tag,
        ...(task.source !== undefined && { place: `${task.source.file}:${task.source.line}` }),
        sampleIndex,
        verdict,
        score,
        reward: rewards[sample] ?? null,
        parts,
        reasons,
        milliseconds,
        ...(failure !== undefined && { failure }),
        ...(cached && { cached }),
        responseHash: createHash('sha256').update(responseText).digest('hex'),
        ...(options.responses && { response: responseText }),
      };
    }
  }
}
