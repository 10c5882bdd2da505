// Where the code of tfjs and of this package lies; tests beside it count as the user's. `<anonymous>` as a place is code
// of the engine; before a place it is a function without a name, which may well be the user's.
const inside =
  /node_modules[\\/](@tensorflow|tslib)|tfjs-core[\\/]src|[\\/]tensor[\\/](src|dist)[\\/](?!.*\.test\.)|^node:|\(node:|\(<anonymous>\)/;

/** Where the user's code is on the present stack, or that of an error, as `file:line:column`, if it is there. */
export function userLine(error: Error = here()): string | undefined {
  const lines = (error.stack ?? '').split('\n').slice(1);
  const line = lines.find((text) => !inside.test(text));
  const found = line === undefined ? null : /(?:\(|at )(?:async )?(?:file:\/\/)?([^()]+:\d+:\d+)\)?$/.exec(line.trim());
  return found?.[1];
}

function here(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const error = new Error('where');
  Error.stackTraceLimit = before;
  return error;
}
