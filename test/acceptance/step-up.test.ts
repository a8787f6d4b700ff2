import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type Chromium, type RealPage, startChromium, whyNoChromium } from './chromium.ts';
import { type Merchant, openMerchant, send } from './merchant.ts';
import { makeDatabase } from './own-database.ts';
import { type Adapter, eventually, makePlace, openedThings, startAdapter } from './programs.ts';

const opened = openedThings();
let adapter: Adapter;
let merchant: Merchant;
let chromium: Chromium;

/** What a person would look for before acting. */
async function until(page: RealPage, selector: string): Promise<void> {
  await eventually(
    () => page.has(selector).catch(() => false),
    (there) => there,
    30_000,
  );
}

/**
 * Clicks on what leads to another page. A browser drops what comes before a page was first painted,
 * which happens on a busy machine: as a person would, it clicks again where nothing came of it.
 */
async function press(page: RealPage, selector: string, times = 1): Promise<void> {
  let visited = Number.POSITIVE_INFINITY;
  const hasLeft = () => page.visited.length > visited;
  const tryOnce = async (): Promise<boolean> => {
    if (hasLeft()) return true;
    if (!(await page.has(selector))) return false;
    visited = page.visited.length;
    await page.click(selector, times);
    return eventually(hasLeft, Boolean, 5_000);
  };
  await eventually(() => tryOnce().catch(hasLeft), Boolean, 60_000);
}

const toBank = 'form[method="post"]:first-of-type button:not(.quiet)';
const approve = 'button[value="AUTHENTICATED"]';

/** Where the app had said that it takes over again. */
interface Operation {
  readonly operation: string;
  readonly url: string;
}

interface Walk {
  readonly page: RealPage;
  readonly reference: string;
  /** Where the page of the step-up is. */
  readonly url3dSecure: string;
}

/** A customer who pays with a card whose bank asks for a step-up, up to the page of it. */
async function toStepUp(options: { scripts?: boolean; language?: string } = {}): Promise<Walk> {
  const created = await merchant.create({ amount: { currency: 'NOK', value: 201 } });
  assert.equal(created.status, 201, created.text);
  const { redirectUrl } = created.body as { redirectUrl: string };
  const page = await chromium.page(options);
  await page.speak(options.language ?? 'en');
  await page.open(redirectUrl);
  await until(page, 'form[action$="/open"], form[action$="/pay"]');
  if (await page.has('form[action$="/open"]')) await press(page, 'form[action$="/open"] button');
  await press(page, 'form[action$="/pay"] button');
  await press(page, 'a[href$="/challenge"]');
  await until(page, toBank);
  const url3dSecure = page.visited.findLast((url) => /\/3ds\/[\w-]{43}$/.test(url)) ?? '';
  return { page, reference: created.reference, url3dSecure };
}

/** The app has taken over, at exactly one of the URLs that it had sent, and has told its provider. */
async function assertEnded(walk: Walk, ended: { reached: string; state: string }): Promise<void> {
  const { page, reference } = walk;
  const { reached, state } = ended;
  const intercepts = () => page.visited.filter((url) => url.includes('/mobileintercept'));
  await eventually(intercepts, (urls) => urls.length > 0, 30_000);
  const [url = ''] = intercepts();
  const simulator = String(adapter.sandbox.vippsSimulatorUrl);
  const { body, text } = await send(`${simulator}/control/payments?limit=50`);
  const { payments } = body as { payments: readonly { operations?: readonly Operation[] }[] };
  const sent = payments.flatMap(({ operations = [] }) => operations);
  assert.equal(sent.find((operation) => operation.url === url)?.operation, reached, text);
  await eventually(
    async () => (await merchant.payment(reference)).state,
    (seen) => seen === state,
    20_000,
  );
  assert.deepEqual(
    page.complaints.filter((text) => /Content Security Policy/i.test(text)),
    [],
  );
}

const ends = [
  ['AUTHENTICATED', { reached: '3dssuccess', state: 'AUTHORIZED' }],
  ['FAILED', { reached: '3dsfailure', state: 'ABORTED' }],
  ['CANCELLED', { reached: '3dscancel', state: 'ABORTED' }],
  ['TIMED_OUT', { reached: '3dsfailure', state: 'EXPIRED' }],
] as const;

describe('the step-up in a real browser', { skip: whyNoChromium }, () => {
  before(async () => {
    const place = await makePlace();
    opened.add(place.remove);
    const database = await makeDatabase();
    opened.add(database.drop);
    adapter = await startAdapter(place.directory, { DATABASE_URL: database.url });
    opened.add(adapter.stop);
    const { internalUrl, merchantSerialNumber, backOfficeToken } = adapter.sandbox;
    const changed = await send(`${internalUrl}/back-office/v1/merchants/${merchantSerialNumber}`, {
      method: 'PATCH',
      headers: {
        Authorization: `Bearer ${backOfficeToken}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify({ rail: 'psp-v3' }),
    });
    assert.equal(changed.status, 200, changed.text);
    merchant = await openMerchant(adapter.sandbox);
    chromium = await startChromium();
    opened.add(() => chromium.close());
  });
  after(opened.closeAll);

  for (const [ending, ended] of ends) {
    it(`R51 R55 ends at the app's URL of ${ended.reached} when the bank says ${ending}, with scripts off`, async () => {
      const walk = await toStepUp({ scripts: false });
      await press(walk.page, toBank);
      await press(walk.page, `button[value="${ending}"]`);
      await assertEnded(walk, ended);
      await walk.page.close();
    });
  }

  it('R51 ends at the URL of 3dscancel when the customer cancels on our page', async () => {
    const walk = await toStepUp();
    await press(walk.page, 'form[action$="/cancel"] button');
    await assertEnded(walk, { reached: '3dscancel', state: 'ABORTED' });
    await walk.page.close();
  });

  it('R55 survives reload, the back button and a double click, in a browser that keeps no cookies', async () => {
    const walk = await toStepUp();
    const { page } = walk;
    await page.reload();
    await press(page, toBank, 2);
    await until(page, approve);
    await page.forgetCookies();

    await page.back();
    await until(page, 'form[action*="/3ds/"]');
    assert.match(
      await page.evaluate<string>('document.body.innerText'),
      /You have begun to confirm/,
    );
    await page.reload();
    await press(page, toBank);
    await press(page, approve, 2);

    await assertEnded(walk, { reached: '3dssuccess', state: 'AUTHORIZED' });
    await page.close();
  });

  it('R55 lets nobody else in who has the URL, and lets them end it', async () => {
    const walk = await toStepUp();
    await press(walk.page, toBank);
    await until(walk.page, approve);
    const other = await chromium.page();
    await other.speak('en');
    await other.open(walk.url3dSecure);
    await until(other, 'a.button[href$="/return"]');
    assert.match(await other.evaluate<string>('document.body.innerText'), /You have begun already/);
    assert.equal(
      await other.evaluate<boolean>(`document.body.innerHTML.includes('/challenge/')`),
      false,
    );
    await press(other, 'a.button[href$="/return"]');
    await until(other, 'a.button[href$="/return"]');

    await press(walk.page, approve);
    await assertEnded(walk, { reached: '3dssuccess', state: 'AUTHORIZED' });
    await other.close();
    await walk.page.close();
  });

  it('R55 is understood by assistive technology, in five languages, on a phone, light and dark', async () => {
    const axe = await readFile(new URL('axe.min.js', import.meta.resolve('axe-core')), 'utf8');
    const walk = await toStepUp();
    await press(walk.page, toBank);
    await until(walk.page, approve);
    const first = await toStepUp();
    const elsewhere = walk.url3dSecure;
    const pages = {
      confirm: await first.page.url(),
      elsewhere,
      pending: `${elsewhere}/return`,
      unknown: `${adapter.sandbox.publicUrl}/3ds/unknown`,
    };
    for (const language of ['nb', 'da', 'fi', 'sv', 'en', 'en in the dark']) {
      const page = await chromium.page();
      const tag = language.slice(0, 2);
      await page.speak(tag);
      if (tag !== language) await page.darkMode();
      for (const [name, url] of Object.entries(pages)) {
        await page.open(url);
        await until(page, `html[lang="${tag}"] h1`);
        // Each page has another path, and the one before would do for the heading.
        await eventually(
          () => page.url(),
          (at) => at.startsWith(url),
        );
        assert.deepEqual(await violations(page, axe), [], `${name} in ${language}`);
        assert.ok(await fits(page), `${name} in ${language} is no wider than the phone`);
      }
      await page.close();
    }
    await first.page.close();
    await walk.page.close();
  });
});

async function violations(page: RealPage, axe: string): Promise<readonly string[]> {
  await page.evaluate(`${axe};0`);
  return page.evaluate<readonly string[]>(
    `axe.run().then(({ violations, incomplete }) => [...violations, ...incomplete]
       .map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html).join(' ')))`,
  );
}

/** Nothing hangs over the side. */
async function fits(page: RealPage): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth');
}
