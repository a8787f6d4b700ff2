import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Readable, type Writable } from 'node:stream';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (file) => existsSync(file),
);

/** Why tests in a real browser cannot run here; undefined where they can. */
export const whyNoChromium =
  program === undefined && 'there is no Chromium on this machine (Debian: apt install chromium)';

/** A page of a real browser, driven over the DevTools protocol. Each one has cookies of its own. */
export interface RealPage {
  /** Goes to the URL as by a link from nowhere. */
  open(url: string): Promise<void>;
  /** Evaluates in the page, past its content security policy. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Where the browser is. */
  url(): Promise<string>;
  /** Clicks with a mouse in the middle of the first element that fits, so often. */
  click(selector: string, times?: number): Promise<void>;
  /** Whether there is such an element. */
  has(selector: string): Promise<boolean>;
  back(): Promise<void>;
  /** As a browser that keeps no cookies. */
  forgetCookies(): Promise<void>;
  reload(): Promise<void>;
  speak(acceptLanguage: string): Promise<void>;
  darkMode(): Promise<void>;
  /** A PNG of the whole page. */
  screenshot(): Promise<Buffer>;
  /** Every URL that the page has been at or was sent to, redirects included, in order, byte for byte. */
  readonly visited: string[];
  /** What the browser has complained about, such as breaches of the content security policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface PageOptions {
  readonly scripts?: boolean;
}

export interface Chromium {
  page(options?: PageOptions): Promise<RealPage>;
  close(): Promise<void>;
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

type Listener = (message: Message) => void;

/** A phone of the smaller kind. */
const phone = { width: 360, height: 640, deviceScaleFactor: 2, mobile: true };

/** Starts a browser without a window; it speaks over a pipe and opens no port. */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(path.join(tmpdir(), 'chromium-'));
  const child = spawn(
    program ?? '',
    [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      ...['--no-first-run', '--disable-background-networking', '--disable-component-update'],
      ...['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
      ...['--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank'],
    ],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
  );
  const { send, listen } = protocolOf(child);
  return {
    page: (options) => openPage(send, listen, options),
    close: async () => {
      const ended = once(child, 'close');
      await send('Browser.close').catch(() => undefined);
      await ended;
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

type Send = (
  method: string,
  params?: object,
  sessionId?: string,
) => Promise<Readonly<Record<string, unknown>>>;

/** Messages are JSON, each ended by a zero byte. */
function protocolOf(child: ChildProcess) {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Set<Listener>();
  let unread = '';
  let ids = 0;
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = (unread + text).split('\0');
    unread = messages.pop() ?? '';
    for (const message of messages.map((json) => JSON.parse(json) as Message)) {
      if (message.id === undefined)
        listeners.forEach((listener) => {
          listener(message);
        });
      else waiting.get(message.id)?.(message);
    }
  });
  to.on('error', () => undefined);
  const send: Send = (method, params = {}, sessionId) =>
    new Promise((resolve, reject) => {
      const id = (ids += 1);
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
      to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  return { send, listen: (listener: Listener) => listeners.add(listener) };
}

async function openPage(
  send: Send,
  listen: (listener: Listener) => void,
  { scripts = true }: PageOptions = {},
): Promise<RealPage> {
  const { browserContextId } = await send('Target.createBrowserContext');
  const { targetId } = await send('Target.createTarget', { url: 'about:blank', browserContextId });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const tell = (method: string, params: object = {}) => send(method, params, String(sessionId));
  const visited: string[] = [];
  const complaints: string[] = [];
  listen(({ sessionId: from, method, params }) => {
    if (from !== sessionId) return;
    if (method === 'Network.requestWillBeSent' && params?.['type'] === 'Document') {
      visited.push((params['request'] as { url: string }).url);
    }
    if (method === 'Log.entryAdded') {
      complaints.push((params?.['entry'] as { text: string }).text);
    }
  });
  for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await tell(`${domain}.enable`);
  await tell('Emulation.setDeviceMetricsOverride', phone);
  await tell('Emulation.setScriptExecutionDisabled', { value: !scripts });

  async function evaluate<Value>(expression: string): Promise<Value> {
    const { result, exceptionDetails } = await tell('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: Value }).value;
  }

  async function history() {
    return (await tell('Page.getNavigationHistory')) as unknown as {
      currentIndex: number;
      entries: { id: number; url: string }[];
    };
  }

  async function click(selector: string, times = 1): Promise<void> {
    const { root } = await tell('DOM.getDocument');
    const { nodeId } = await tell('DOM.querySelector', {
      nodeId: (root as { nodeId: number }).nodeId,
      selector,
    });
    await tell('DOM.scrollIntoViewIfNeeded', { nodeId });
    const { model } = await tell('DOM.getBoxModel', { nodeId });
    const [left = 0, top = 0, , , right = 0, bottom = 0] = (model as { content: number[] }).content;
    const at = { x: (left + right) / 2, y: (top + bottom) / 2, button: 'left' };
    for (let clickCount = 1; clickCount <= times; clickCount += 1) {
      for (const type of ['mousePressed', 'mouseReleased']) {
        await tell('Input.dispatchMouseEvent', { type, ...at, clickCount });
      }
    }
  }

  return {
    visited,
    complaints,
    evaluate,
    click,
    open: async (url) => {
      await tell('Page.navigate', { url });
    },
    url: async () => {
      const { currentIndex, entries } = await history();
      return entries[currentIndex]?.url ?? '';
    },
    has: (selector) =>
      evaluate<boolean>(`document.querySelector(${JSON.stringify(selector)}) !== null`),
    forgetCookies: async () => {
      await send('Storage.clearCookies', { browserContextId });
    },
    back: async () => {
      const { currentIndex, entries } = await history();
      const entryId = entries[currentIndex - 1]?.id;
      await tell('Page.navigateToHistoryEntry', { entryId });
    },
    reload: async () => {
      await tell('Page.reload');
    },
    speak: async (acceptLanguage) => {
      await tell('Network.setExtraHTTPHeaders', { headers: { 'Accept-Language': acceptLanguage } });
    },
    darkMode: async () => {
      await tell('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: 'dark' }],
      });
    },
    screenshot: async () => {
      const { data } = await tell('Page.captureScreenshot', { captureBeyondViewport: true });
      return Buffer.from(String(data), 'base64');
    },
    close: async () => {
      await send('Target.disposeBrowserContext', { browserContextId });
    },
  };
}
