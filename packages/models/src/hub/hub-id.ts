import { RlloomError } from '@rlloom/spec';

/**
 * Whether a text can be the name of a model on the hub: `owner/name`. Names without an owner are folders here, so that a
 * mistyped folder is never looked up on the internet.
 *
 * @example
 * ```ts
 * isHubId('Qwen/Qwen2.5-0.5B-Instruct'); // => true
 * isHubId('./runs/model'); // => false
 * ```
 */
export function isHubId(text: string): boolean {
  return /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/.test(text) && !/--|\.\./.test(text);
}

/** Refuses a revision that would lead out of the cache folder. */
export function checkRevision(revision: string, id: string): void {
  if (/^[A-Za-z0-9][\w.+/-]*$/.test(revision) && !/(^|\/)\.\.?(\/|$)/.test(revision)) return;
  throw new RlloomError('model', {
    what: `"${revision}" is not the name of a revision`,
    where: id,
    fix: 'give a branch, a tag or a commit',
  });
}
