import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { formsOf, openBrowser, type Page } from './browser.ts';
import { cards } from './card-data.ts';
import { leaksIn, logsOf } from './leaks.ts';
import { type Merchant, openMerchant, send } from './merchant.ts';
import { processesOf } from './processes.ts';
import {
  type Adapter,
  eventually,
  killAll,
  makePlace,
  openedThings,
  startAdapter,
  startProgram,
} from './programs.ts';

const members = [
  'merchantSerialNumber',
  'clientId',
  'clientSecret',
  'subscriptionKey',
  'backOfficeToken',
  'publicUrl',
  'internalUrl',
  'vippsSimulatorUrl',
  'acquirerSimulatorUrl',
  'threeDsSimulatorUrl',
  'databaseUrl',
  'sandboxUrl',
  'pid',
];

/** Stopping is a matter of seconds; a run of all tests on a small machine is slow at everything. */
const stopMsMax = 8_000;

/** One sandbox through its whole life: each step finds what the one before has left. */
describe('the sandbox, from the first start to the last', () => {
  const opened = openedThings();
  const firstPaid: { reference?: string } = {};
  let directory: string;
  let adapter: Adapter;
  let merchant: Merchant;

  after(opened.closeAll);

  async function start(): Promise<void> {
    adapter = await startAdapter(directory);
    const started = adapter;
    opened.add(() => killAll(started));
    merchant = await openMerchant(adapter.sandbox);
  }

  const sandboxFile = () => path.join(adapter.dataDirectory, 'sandbox.json');

  async function assertStopped(): Promise<void> {
    assert.equal(existsSync(sandboxFile()), false, 'sandbox.json is gone');
    const left = existsSync('/proc') ? await processesOf(directory) : [];
    assert.deepEqual(left, [], 'no process is left');
  }

  /** As a customer who has come to a payment by its link. */
  async function approve(landingUrl: string): Promise<Page> {
    const browser = openBrowser();
    const landing = await browser.open(landingUrl);
    const app = formsOf(landing).some(({ action }) => action.endsWith('/open'))
      ? await browser.submit(landing, '/open', { phone: '91234567' })
      : landing;
    const paying = await browser.submit(app, '/pay', { card: 'visa-debit' });
    return eventually(
      () => browser.open(paying.url),
      ({ html }) => !html.includes('Waiting for the payment provider'),
    );
  }

  it('starts on a bare machine and says in sandbox.json where everything is', async () => {
    const place = await makePlace();
    opened.add(place.remove);
    directory = place.directory;
    await start();
    assert.deepEqual(Object.keys(adapter.sandbox).sort(), [...members].sort());
    assert.ok(Object.values(adapter.sandbox).every((member) => member !== null));
    assert.equal(adapter.sandbox.pid, adapter.pid);
    assert.equal((await stat(sandboxFile())).mode & 0o777, 0o600);
    for (const url of [
      adapter.sandbox.sandboxUrl,
      `${adapter.sandbox.internalUrl}/health`,
      `${adapter.sandbox.internalUrl}/ready`,
      String(adapter.sandbox.vippsSimulatorUrl),
      String(adapter.sandbox.acquirerSimulatorUrl),
      `${String(adapter.sandbox.threeDsSimulatorUrl)}/health`,
    ]) {
      assert.equal((await send(url)).status, 200, url);
    }
  });

  it('tells a person where to go, with credentials and one command to try', () => {
    const said = adapter.stdout();
    const { sandboxUrl, clientId, clientSecret, subscriptionKey } = adapter.sandbox;
    for (const text of [sandboxUrl, clientId, clientSecret, subscriptionKey, 'npm run demo']) {
      assert.ok(said.includes(text), text);
    }
    assert.equal(adapter.stderr(), '');
  });

  it('takes a payment that is started, approved and shown in a browser without scripts', async () => {
    const shop = openBrowser();
    const page = await shop.open(adapter.sandbox.sandboxUrl);
    assert.equal(page.status, 200);
    const landing = await shop.submit(page, '/payments', { kroner: '149,50' });
    assert.ok(landing.url.startsWith(String(adapter.sandbox.vippsSimulatorUrl)), landing.url);
    const result = await approve(landing.url);
    assert.match(result.html, /Paid/);
    const back = /<a class="button" href="([^"]+)"/.exec(result.html)?.[1] ?? '';
    const shown = await eventually(
      () => shop.open(back.replaceAll('&amp;', '&')),
      ({ html }) => html.includes('AUTHORIZED'),
    );
    assert.match(shown.html, /149\.50 kr/);
    firstPaid.reference = back.split('/').at(-1) ?? '';
    assert.equal((await merchant.payment(firstPaid.reference)).state, 'AUTHORIZED');
  });

  it('shows a payment that the customer cancels, or that the acquirer declines, as ABORTED', async () => {
    const shop = openBrowser();
    for (const [kroner, act] of [
      ['49', (at: Page) => openBrowser().submit(at, '/cancel')],
      ['1.51', (at: Page) => approve(at.url)],
    ] as const) {
      const page = await shop.open(adapter.sandbox.sandboxUrl);
      const landing = await shop.submit(page, '/payments', { kroner });
      await act(landing);
      const list = await eventually(
        () => shop.open(adapter.sandbox.sandboxUrl),
        ({ html }) => !html.includes('<td>CREATED</td>'),
      );
      assert.match(list.html, /<td>(ABORTED|FAILED)<\/td>/);
    }
  });

  for (const [rail, version] of [['psp-v3', 'v3'] as const, ['psp-v2', 'v2'] as const]) {
    it(`takes a payment over ${version} through a step-up, and leaves the merchant on its rail`, async () => {
      const { sandboxUrl, vippsSimulatorUrl } = adapter.sandbox;
      const shop = openBrowser();
      const page = await shop.open(sandboxUrl);
      const landing = await shop.submit(page, '/payments', { kroner: '2.01', rail });
      const challenged = await approve(landing.url);
      assert.match(challenged.html, /wants to know it is you/);
      assert.doesNotMatch(challenged.html, /<i?frame/);

      const control = `${String(vippsSimulatorUrl)}/control/payments`;
      const listed = await send(`${control}?limit=1`);
      const [newest] = (listed.body as { payments: Record<string, string>[] }).payments;
      assert.equal(newest?.['version'], version);
      const ended = await send(`${control}/${newest['pspTransactionId'] ?? ''}/authenticate`, {
        method: 'POST',
      });
      const { reached, state } = ended.body as Record<string, string>;
      const why = `${ended.text}\n${adapter.warnings()}`;
      assert.deepEqual([reached, state], ['3dssuccess', 'RESERVED'], why);
      const result = await openBrowser().open(challenged.url);
      assert.match(result.html, /Paid/);
      await eventually(
        () => shop.open(sandboxUrl),
        ({ html }) => !html.includes('<td>CREATED</td>') && !html.includes('<td>ANSWERING</td>'),
      );
      const again = await shop.open(sandboxUrl);
      assert.match(again.html, /<option value="psp-v2"\s+selected/);
    });
  }

  it('says what is wrong with a form, and starts nothing', async () => {
    const shop = openBrowser();
    const page = await shop.open(adapter.sandbox.sandboxUrl);
    for (const kroner of ['', '-1', '1.234', '1e3', 'ten', '<b>']) {
      const answer = await shop.submit(page, '/payments', { kroner });
      assert.equal(answer.status, 400);
      assert.ok(!answer.html.includes('<b>'));
    }
    const tooSmall = await shop.submit(page, '/payments', { kroner: '0.5' });
    assert.equal(tooSmall.status, 400);
    assert.match(tooSmall.html, /6010/);
  });

  it('R82 frames nothing, and lets nobody frame it', async () => {
    const shop = openBrowser();
    const start = await shop.open(adapter.sandbox.sandboxUrl);
    const payment = await shop.open(
      `${adapter.sandbox.sandboxUrl}/payments/${String(firstPaid.reference)}`,
    );
    for (const page of [start, payment]) {
      assert.doesNotMatch(page.html, /<(iframe|frame|object|embed|script)\b/i);
      const policy = page.headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
    }
    const created = await merchant.create();
    const { redirectUrl } = created.body as { redirectUrl: string };
    const landing = await openBrowser().open(redirectUrl);
    assert.equal(landing.url, redirectUrl, 'the link is the page itself, opened at the top');
  });

  describe('a merchant whose customers come back to a page of the adapter', () => {
    let returning: Merchant;

    it('is made by one command and has credentials at once', async () => {
      const args = ['create', '--msn', '654321', '--name', 'Socks & Sons', '--return-page'];
      const program = startProgram(['npm', 'run', '--silent', 'merchants', '--', ...args], {
        DATABASE_URL: adapter.sandbox.databaseUrl,
        npm_config_update_notifier: 'false',
      });
      assert.deepEqual(await program.ended, { code: 0, signal: null }, program.stderr());
      const find = (name: RegExp): string =>
        new RegExp(`${name.source}\\W+(\\S+)`, 'i').exec(program.stdout())?.[1] ?? '';
      await send(`${String(adapter.sandbox.vippsSimulatorUrl)}/control/merchants/654321`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'Socks & Sons' }),
      });
      returning = await openMerchant({
        ...adapter.sandbox,
        merchantSerialNumber: '654321',
        clientId: find(/client.?id/),
        clientSecret: find(/client.?secret/),
        subscriptionKey: find(/subscription.?key/),
      });
    });

    async function initiate(amount = 49_900) {
      const created = await returning.create({ amount: { currency: 'NOK', value: amount } });
      assert.equal(created.status, 201, created.text);
      const { redirectUrl } = created.body as { redirectUrl: string };
      const { body } = await send(
        `${String(adapter.sandbox.vippsSimulatorUrl)}/control/payments?limit=1`,
      );
      const [payment] = (body as { payments: { pspRedirectUrl: string }[] }).payments;
      return {
        redirectUrl,
        reference: created.reference,
        returnUrl: payment?.pspRedirectUrl ?? '',
      };
    }

    it('R80 shows it to a browser that was never here before, pending, then paid', async () => {
      const { redirectUrl, returnUrl } = await initiate();
      assert.ok(returnUrl.startsWith(`${adapter.sandbox.publicUrl}/return/`), returnUrl);
      const pending = await openBrowser().open(returnUrl);
      assert.equal(pending.status, 200);
      assert.match(pending.html, /Waiting for your payment/);
      assert.match(pending.html, /http-equiv="refresh"/);
      await approve(redirectUrl);
      const stranger = openBrowser();
      const paid = await eventually(
        () => stranger.open(returnUrl),
        ({ html }) => !html.includes('Waiting'),
      );
      assert.match(paid.html, /you have paid/);
      assert.match(paid.html, /Socks &amp; Sons/);
      assert.doesNotMatch(paid.html, /http-equiv="refresh"/);
      assert.equal(stranger.cookieCount(), 0);
      assert.equal(paid.headers.get('cache-control'), 'no-store');
    });

    it('R80 shows what has failed as failed', async () => {
      const { redirectUrl, returnUrl } = await initiate(182);
      await approve(redirectUrl);
      const page = await eventually(
        () => openBrowser().open(returnUrl),
        ({ html }) => !html.includes('Waiting'),
      );
      assert.match(page.html, /did not go through/);
    });

    it('R81 completes when the page is never visited, and when it was visited too early', async () => {
      for (const visitsFirst of [false, true]) {
        const { redirectUrl, returnUrl, reference } = await initiate();
        if (visitsFirst) await openBrowser().open(returnUrl);
        await approve(redirectUrl);
        await eventually(
          () => returning.payment(reference),
          ({ state }) => state === 'AUTHORIZED',
        );
      }
    });

    it('tells nothing to who guesses', async () => {
      for (const guess of ['x', 'A'.repeat(43), '%2e%2e%2fsandbox', '%00', '%']) {
        const answer = await send(`${adapter.sandbox.publicUrl}/return/${guess}`);
        assert.equal(answer.status === 404 || answer.status === 400, true, guess);
      }
    });
  });

  it('has no card number, no access token and no secret in its logs', async () => {
    const { clientSecret, subscriptionKey, backOfficeToken, databaseUrl } = adapter.sandbox;
    const logged = await logsOf(adapter);
    assert.deepEqual(
      leaksIn(logged, {
        'card number': Object.values(cards).map(({ number }) => number),
        'access token': [merchant.accessToken],
        'client secret': [clientSecret],
        'subscription key': [subscriptionKey],
        'back office token': [backOfficeToken],
        'password of the database': [new URL(databaseUrl).password],
      }),
      [],
    );
  });

  it('stops everything on SIGTERM, within seconds and with exit code 0', async () => {
    const startedMs = performance.now();
    adapter.kill('SIGTERM');
    assert.deepEqual(await adapter.ended, { code: 0, signal: null }, adapter.stderr());
    assert.ok(performance.now() - startedMs < stopMsMax);
    await assertStopped();
  });

  it('finds at the next start what it has left', async () => {
    const before = adapter.sandbox;
    await start();
    const { clientId, clientSecret, subscriptionKey, backOfficeToken } = adapter.sandbox;
    assert.deepEqual(
      { clientId, clientSecret, subscriptionKey, backOfficeToken },
      {
        clientId: before.clientId,
        clientSecret: before.clientSecret,
        subscriptionKey: before.subscriptionKey,
        backOfficeToken: before.backOfficeToken,
      },
    );
    const reference = String(firstPaid.reference);
    assert.equal((await merchant.payment(reference)).state, 'AUTHORIZED');
    const capture = await merchant.post(`/${reference}/capture`, {
      modificationAmount: { currency: 'NOK', value: 14_950 },
    });
    assert.equal(capture.status, 200, capture.text);
  });

  it('starts again after kill -9 of the adapter alone', async () => {
    adapter.kill('SIGKILL');
    await adapter.ended;
    await start();
    assert.equal((await merchant.payment(String(firstPaid.reference))).state, 'AUTHORIZED');
  });

  it('starts again after kill -9 of its process group', async () => {
    adapter.killGroup('SIGKILL');
    await adapter.ended;
    await start();
    const created = await merchant.create();
    assert.equal(created.status, 201, created.text);
    const result = await approve((created.body as { redirectUrl: string }).redirectUrl);
    assert.match(result.html, /Paid/);
  });

  it('goes on when nobody reads what it says, and stops as ever', async () => {
    adapter.stopReading();
    for (const amount of [10_000, 20_000]) {
      const created = await merchant.create({ amount: { currency: 'NOK', value: amount } });
      assert.equal(created.status, 201, created.text);
    }
    adapter.kill('SIGTERM');
    assert.deepEqual(await adapter.ended, { code: 0, signal: null });
    await assertStopped();
    await start();
  });

  it('stops everything on Ctrl-C too, and a second one is not needed', async () => {
    adapter.killGroup('SIGINT');
    assert.deepEqual(await adapter.ended, { code: 0, signal: null }, adapter.stderr());
    await assertStopped();
  });
});
