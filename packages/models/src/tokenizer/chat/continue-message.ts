import { type Message, RlloomError } from '@rlloom/spec';

/** Stands at the end of the message that goes on; the text is cut there. Its space shows whether a template trims. */
export const continuationTag = 'RLLOOM_CONTINUES_HERE ';

/** The messages with the tag at the end of the last one. */
export const withContinuation = (messages: readonly Message[]): readonly Message[] =>
  messages.map((message, index) =>
    index === messages.length - 1 ? { ...message, content: message.content + continuationTag } : message,
  );

/**
 * The rendered conversation up to the end of the last message. Where the template trims a message, the space before
 * the end is trimmed too.
 *
 * @throws RlloomError kind `data` when the template leaves the message out or changes it
 */
export function cutAtContinuation(text: string, content: string, where: string): string {
  const at = text.lastIndexOf(continuationTag.trim());
  if (at < 0 || !text.includes(content.trim())) {
    throw new RlloomError('data', {
      what: 'the chat template does not show the last message as it is, so it cannot be continued',
      where,
      fix: 'give the beginning of the answer without what the template removes, such as thoughts',
    });
  }
  return text.startsWith(continuationTag, at) ? text.slice(0, at) : text.slice(0, at).trimEnd();
}
