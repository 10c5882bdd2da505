import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';

/** What a page's module gave, and what the page complained about. */
export interface PageResult {
  readonly value: unknown;
  readonly errors: readonly string[];
  readonly version: string;
}

/**
 * Serves a module on localhost, opens it in Chromium and calls its export `run`.
 *
 * @param executable path of the browser
 * @param code an ES module without imports
 */
export async function runInChromium(executable: string, code: string): Promise<PageResult> {
  const server = createServer((request, response) => {
    const script = request.url === '/module.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? code : '<!doctype html><link rel="icon" href="data:,"><title>rlloom</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const browser = await chromium.launch({
    executablePath: executable,
    // Without the sandbox, since containers run tests as root.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  try {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('requestfailed', (request) => errors.push(`failed: ${request.url()}`));
    page.on('console', (message) => errors.push(message.text()));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    // Text, not a function: a compiled function would bring names that only exist in Node.
    const value: unknown = await page.evaluate("import('/module.js').then((module) => module.run())");
    return { value, errors, version: browser.version() };
  } finally {
    await browser.close();
    server.close();
  }
}
