/**
 * One line for people about something that was thrown: its message, and the line of `file` (the own reward's
 * module) it came through.
 */
export function describeError(error: unknown, file?: string): string {
  if (!(error instanceof Error)) return `threw ${shorten(safely(() => String(error)))}`;
  const message = shorten(safely(() => (error.name === 'Error' ? error.message : `${error.name}: ${error.message}`)));
  const place = safely(() => placeIn(error.stack ?? '', file));
  return place === '' ? message : `${message} (${place})`;
}

function placeIn(stack: string, file: string | undefined): string {
  if (file === undefined) return '';
  const places = [...stack.matchAll(/(?:file:\/\/)?(\/[^\s()]*|[A-Za-z]:\\[^\s()]*):(\d+):\d+/g)];
  const place = places.find(([, path]) => path?.split('?')[0] === file);
  return place === undefined ? '' : `${file}:${place[2]}`;
}

// What is thrown can be anything, also an object whose fields throw.
function safely(read: () => string): string {
  try {
    return read();
  } catch {
    return 'something that cannot be shown';
  }
}

function shorten(text: string): string {
  return text.length > 500 ? `${text.slice(0, 499)}…` : text;
}
