// A page with nothing of DevTools turned on but its counters. Playwright's own pages also log each request, on the page's
// thread; no visitor pays that.

let ids = 0;

/** Opens one in a browser context of its own, at an address, and gives it to `then`. */
export async function withPage(browser, url, then) {
  const devtools = await browser.newBrowserCDPSession();
  const { browserContextId } = await devtools.send('Target.createBrowserContext');
  try {
    const { targetId } = await devtools.send('Target.createTarget', { url: 'about:blank', browserContextId });
    // Playwright passes on what belongs to its own pages only; what is wrapped in a message comes through.
    const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: false });
    const waiting = new Map();
    devtools.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
      const { id, error, result } = JSON.parse(message);
      if (from !== sessionId || !waiting.has(id)) return;
      const [resolve, reject] = waiting.get(id);
      waiting.delete(id);
      if (error) reject(new Error(error.message));
      else resolve(result);
    });
    const send = (method, params = {}) =>
      new Promise((resolve, reject) => {
        const id = ++ids;
        waiting.set(id, [resolve, reject]);
        devtools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(reject);
      });
    /** Runs a function in the page, with arguments that are JSON; waits for its promise. */
    const evaluate = async (run, ...args) => {
      const expression = `(${run})(...${JSON.stringify(args)})`;
      const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    };
    await send('Performance.enable', { timeDomain: 'threadTicks' });
    /** Milliseconds of processor time that the page's main thread has used. */
    const cpu = async () => {
      const { metrics } = await send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
    };
    /** Opens an address and waits until the page has loaded. */
    const open = async (url) => {
      const { errorText } = await send('Page.navigate', { url });
      if (errorText) throw new Error(`${url}: ${errorText}`);
      await evaluate(() => document.readyState === 'complete' || new Promise((resolve) => addEventListener('load', () => setTimeout(resolve))));
    };
    await open(url);
    return await then({ send, evaluate, cpu, open });
  } finally {
    await devtools.send('Target.disposeBrowserContext', { browserContextId });
    await devtools.detach();
  }
}
