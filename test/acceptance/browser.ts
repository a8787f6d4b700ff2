import { send } from './merchant.ts';

/**
 * A browser that runs no scripts: it shows a page, follows its links, fills in its forms and follows
 * redirects. Each one begins with an empty cookie jar.
 */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
  readonly headers: Headers;
}

const redirectsMax = 5;

export function openBrowser() {
  const cookies = new Map<string, string>();

  function withCookies(init: RequestInit): RequestInit {
    if (cookies.size === 0) return init;
    const jar = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return { ...init, headers: { ...(init.headers as object), Cookie: jar } };
  }

  function keepCookies(headers: Headers): void {
    for (const cookie of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
  }

  async function go(url: string, init: RequestInit = {}, redirects = 0): Promise<Page> {
    const answer = await send(url, withCookies(init));
    keepCookies(answer.headers);
    const location = answer.headers.get('location');
    if (answer.status >= 300 && answer.status < 400 && location !== null) {
      if (redirects === redirectsMax) throw new Error(`${url} leads round in circles`);
      return go(new URL(location, url).href, {}, redirects + 1);
    }
    return { url, status: answer.status, html: answer.text, headers: answer.headers };
  }

  return {
    open: (url: string) => go(url),
    /** Sends the form whose action ends so, as the page filled it in but for `values`. */
    submit: (page: Page, actionEnd: string, values: Readonly<Record<string, string>> = {}) => {
      const form = formsOf(page).find(({ action }) => action.endsWith(actionEnd));
      if (!form) throw new Error(`${page.url} has no form to ${actionEnd}:\n${page.html}`);
      return go(new URL(form.action, page.url).href, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ...form.values, ...values }).toString(),
      });
    },
    cookieCount: () => cookies.size,
  };
}

export function formsOf(page: Page) {
  return [...page.html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(
    ([, tag = '', inner = '']) => ({
      action: attribute(tag, 'action'),
      values: valuesIn(inner),
    }),
  );
}

function valuesIn(html: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [tag] of html.matchAll(/<input\b[^>]*>/gs)) {
    const isChoice = attribute(tag, 'type') === 'radio';
    if (!isChoice || /\bchecked\b/.test(tag)) {
      values[attribute(tag, 'name')] = attribute(tag, 'value');
    }
  }
  for (const [, tag = '', inner = ''] of html.matchAll(/<select\b([^>]*)>(.*?)<\/select>/gs)) {
    values[attribute(tag, 'name')] = attribute(inner, 'value');
  }
  return values;
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '';
  return value.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
