const events = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs `start` and takes back the handlers of uncaught failures it has installed on the process. Emscripten's start-up
 * code installs some that throw again from inside: they would turn every uncaught error of the whole process into exit
 * code 7 and a stack trace of the wasm glue.
 */
export async function keepFailureHandlers<T>(start: () => Promise<T>): Promise<T> {
  const before = events.map(handlers);
  try {
    return await start();
  } finally {
    for (const [i, event] of events.entries()) {
      for (const handler of handlers(event)) if (!before[i]?.includes(handler)) process.removeListener(event, handler);
    }
  }
}

type Handler = (...failure: unknown[]) => void;

function handlers(event: (typeof events)[number]): Handler[] {
  return process.listeners(event as 'uncaughtException') as Handler[];
}
