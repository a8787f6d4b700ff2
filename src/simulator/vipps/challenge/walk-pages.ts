import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { messageOf } from '../../../shared/errors.ts';
import { type ResponseCode } from './operations.ts';
import { nextStepOf, type Step } from './read-page.ts';

/** How a walk through somebody's pages ended. */
export type Walk = {
  /** The last redirect's address, as it was in the header; undefined where no redirect was the last. */
  readonly finalUrl: string | undefined;
  readonly problem: string | undefined;
  readonly pages: number;
};

type Way = {
  /** Whether the customer's app takes over there, or would have if it were spelt right. */
  readonly isEnd: (url: string) => boolean;
  readonly signal: AbortSignal;
};

const pagesMax = 30;
const pageBytesMax = 512 * 1_024;
const pageWithinMs = 15_000;

/**
 * Goes from page to page as a customer would who wants the step-up to end so: follows redirects and
 * pages that go on by themselves, and presses buttons. Keeps no cookies, runs no scripts.
 */
export async function walkPages(start: string, wish: ResponseCode, way: Way): Promise<Walk> {
  let step: Step = { method: 'GET', url: start };
  for (let pages = 1; pages <= pagesMax; pages += 1) {
    const page = await load(step, way.signal).catch((thrown: unknown) => messageOf(thrown));
    if (typeof page === 'string') return { finalUrl: undefined, problem: page, pages };
    const { location } = page;
    if (location !== undefined && way.isEnd(location)) {
      return { finalUrl: location, problem: undefined, pages };
    }
    const next =
      location === undefined ? nextStepOf(page.text, step.url, wish) : redirected(location, step);
    if (!next) {
      const problem = `the page ${step.url} (HTTP ${page.status}) leads nowhere`;
      return { finalUrl: location, problem, pages };
    }
    step = next;
  }
  return { finalUrl: undefined, problem: `no end after ${pagesMax} pages`, pages: pagesMax };
}

/** An address that is not http is the app's; one that is nowhere in the step-up is still looked at. */
function redirected(location: string, { url }: Step): Step | undefined {
  if (!URL.canParse(location, url)) return undefined;
  const next = new URL(location, url);
  return /^https?:$/.test(next.protocol) ? { method: 'GET', url: next.href } : undefined;
}

type Loaded = {
  readonly status: number;
  /** Of a redirect, as it came. */
  readonly location: string | undefined;
  readonly text: string;
};

function load(step: Step, stopping: AbortSignal): Promise<Loaded> {
  return new Promise((resolve, reject) => {
    const send = step.url.startsWith('https:') ? requestHttps : requestHttp;
    const headers = {
      Accept: 'text/html',
      'Accept-Language': 'en',
      ...(step.body === undefined
        ? {}
        : {
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': Buffer.byteLength(step.body),
          }),
    };
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(pageWithinMs)]);
    const outgoing = send(
      step.url,
      { method: step.method, headers, agent: false, signal },
      (answer) => {
        read(answer).then(resolve, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(step.body);
  });
}

async function read(answer: IncomingMessage): Promise<Loaded> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > pageBytesMax) throw new Error(`a page of more than ${pageBytesMax} bytes`);
    chunks.push(chunk);
  }
  const status = answer.statusCode ?? 0;
  const isRedirect = status >= 300 && status < 400;
  return {
    status,
    location: isRedirect ? answer.headers.location : undefined,
    text: Buffer.concat(chunks).toString('utf8'),
  };
}
