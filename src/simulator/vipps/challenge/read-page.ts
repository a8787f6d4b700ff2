import { type ResponseCode } from './operations.ts';

/** What a customer does next. */
export type Step = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** A form's fields, encoded. */
  readonly body?: string;
};

/** By what a button says, or by its name and value. */
const words: Readonly<Record<ResponseCode, RegExp>> = {
  OK: /approve|confirm|succe|it is me|authenticated/i,
  cancel: /cancel|abort/i,
  failure: /fail|deny|wrong|reject/i,
};

/**
 * The next step on a page: a button that leads to the wished end, else where the page goes by itself,
 * else its first button or link that does not lead to another end. Undefined where there is none.
 */
export function nextStepOf(markup: string, pageUrl: string, wish: ResponseCode): Step | undefined {
  const buttons = formsIn(markup).flatMap(({ attributes, inner }) =>
    buttonsIn(inner).map((button) => ({ attributes, inner, button })),
  );
  const others = (Object.keys(words) as ResponseCode[]).filter((code) => code !== wish);
  const wished = buttons.find(({ button }) => words[wish].test(button.says));
  if (wished) return pressed(wished, pageUrl);
  const onward = refreshIn(markup);
  if (onward !== undefined) return at(onward, pageUrl);
  const neutral = buttons.find(
    ({ button }) => !others.some((code) => words[code].test(button.says)),
  );
  if (neutral) return pressed(neutral, pageUrl);
  const [link] = elementsIn(markup, 'a');
  return link?.attributes['href'] === undefined ? undefined : at(link.attributes['href'], pageUrl);
}

function at(href: string, pageUrl: string): Step | undefined {
  return URL.canParse(href, pageUrl)
    ? { method: 'GET', url: new URL(href, pageUrl).href }
    : undefined;
}

type Attributes = Readonly<Record<string, string>>;
type Element = { readonly attributes: Attributes; readonly inner: string };
type Button = { readonly says: string; readonly attributes: Attributes };

function pressed(
  { attributes, inner, button }: Element & { readonly button: Button },
  pageUrl: string,
): Step | undefined {
  const action = button.attributes['formaction'] ?? attributes['action'] ?? pageUrl;
  const there = at(action, pageUrl);
  if (!there) return undefined;
  const { name, value = '' } = button.attributes;
  const fields = new URLSearchParams(hiddenIn(inner));
  if (name !== undefined) fields.append(name, value);
  if (/^post$/i.test(attributes['method'] ?? '')) {
    return { method: 'POST', url: there.url, body: fields.toString() };
  }
  const url = new URL(there.url);
  url.search = fields.toString();
  return { method: 'GET', url: url.href };
}

function formsIn(markup: string): readonly Element[] {
  return elementsIn(markup, 'form');
}

function buttonsIn(markup: string): readonly Button[] {
  const buttons = elementsIn(markup, 'button')
    .filter(({ attributes }) => attributes['type'] !== 'button')
    .map(({ attributes, inner }) => toButton(attributes, textOf(inner)));
  const submits = inputsIn(markup)
    .filter(({ type }) => type === 'submit')
    .map((attributes) => toButton(attributes, ''));
  return [...buttons, ...submits];
}

function toButton(attributes: Attributes, text: string): Button {
  return { attributes, says: [text, attributes['name'], attributes['value']].join(' ') };
}

function hiddenIn(markup: string): [string, string][] {
  return inputsIn(markup)
    .filter(({ type, name }) => type !== 'submit' && name !== undefined)
    .map(({ name = '', value = '' }) => [name, value]);
}

function inputsIn(markup: string): readonly Attributes[] {
  return [...markup.matchAll(/<input\b([^>]*)>/gi)].map(([, text = '']) => attributesIn(text));
}

function refreshIn(markup: string): string | undefined {
  const metas = [...markup.matchAll(/<meta\b([^>]*)>/gi)].map(([, text = '']) =>
    attributesIn(text),
  );
  const refresh = metas.find((meta) => /^refresh$/i.test(meta['http-equiv'] ?? ''));
  return /url=(.+)$/i
    .exec(refresh?.['content'] ?? '')?.[1]
    ?.replace(/^'|'$/g, '')
    .trim();
}

function elementsIn(markup: string, name: string): readonly Element[] {
  const pattern = new RegExp(`<${name}\\b([^>]*)>([\\s\\S]*?)</${name}\\s*>`, 'gi');
  return [...markup.matchAll(pattern)].map(([, attributes = '', inner = '']) => ({
    attributes: attributesIn(attributes),
    inner,
  }));
}

function attributesIn(text: string): Attributes {
  const found = [...text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g)];
  return Object.fromEntries(
    found.map(([, name = '', double, single, bare]) => [
      name.toLowerCase(),
      unescaped(double ?? single ?? bare ?? ''),
    ]),
  );
}

function textOf(markup: string): string {
  return unescaped(markup.replace(/<[^>]*>/g, ' ')).trim();
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function unescaped(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name.toLowerCase()] ?? whole;
    const isHex = /^#x/i.test(name);
    return String.fromCodePoint(Number.parseInt(name.slice(isHex ? 2 : 1), isHex ? 16 : 10));
  });
}
