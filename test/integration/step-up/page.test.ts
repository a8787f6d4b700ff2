import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { deriveKey } from '../../../src/shared/derive-key.ts';
import { Secret } from '../../../src/shared/secret.ts';
import { createProofSeal } from '../../../src/step-up/proof-seal.ts';
import { type ChallengeResult } from '../../../src/step-up/three-ds-server.ts';
import { stateOf } from '../../support/a-payment.ts';
import {
  type AStepUp,
  aStepUp,
  returnUrls,
  type ScriptedThreeDsServer,
  scriptedThreeDsServer,
} from '../../support/a-step-up-session.ts';
import { eventually } from '../../support/eventually.ts';
import { listenTo, type ListeningApp } from '../../support/listening-app.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { testSettings } from '../../support/test-settings.ts';

let adapter: TestAdapter;
let app: ListeningApp;
let threeDsServer: ScriptedThreeDsServer;

const fallback = 'https://www.vipps.no/mobileintercept';
const authenticationValue = 'AAABBEg0VhI0VniQEjRWAAAAAAA=';
const authenticated: ChallengeResult = {
  kind: 'AUTHENTICATED',
  proof: {
    eci: '05',
    authenticationValue: new Secret(authenticationValue),
    transactionId: '7f1c3a4e-0000-4000-8000-00000000d5d5',
  },
};

before(async () => {
  threeDsServer = scriptedThreeDsServer();
  adapter = await startTestAdapter({ threeDsServer });
  app = await listenTo(adapter.publicApp);
});
after(async () => {
  await app[Symbol.asyncDispose]();
  await adapter[Symbol.asyncDispose]();
});
beforeEach(() => {
  threeDsServer.results = () => ({ kind: 'PENDING' });
  threeDsServer.asked.length = 0;
});

interface Seen {
  readonly status: number;
  readonly path: string;
  readonly location: string;
  readonly markup: string;
  readonly headers: Headers;
}

async function send(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const answer = await fetch(`http://127.0.0.1:${app.port}${path}`, {
    method,
    headers,
    redirect: 'manual',
  });
  return {
    path,
    status: answer.status,
    // The bytes of the header, as UTF-8.
    location: Buffer.from(answer.headers.get('location') ?? '', 'latin1').toString('utf8'),
    markup: await answer.text(),
    headers: answer.headers,
  };
}

/** From url3dSecure to the page: another page view each time. */
async function open({ token }: AStepUp, headers = {}): Promise<Seen> {
  const { status, location } = await send('GET', `/3ds/${token}`, headers);
  assert.equal(status, 303);
  return send('GET', location, headers);
}

/** Presses the page's first button, and sees the page that it leads to. */
async function enter(page: Seen): Promise<Seen> {
  const pressed = await send('POST', page.path);
  assert.equal(pressed.status, 303);
  return send('GET', pressed.location);
}

async function goToBank(stepUp: AStepUp): Promise<void> {
  const { markup } = await enter(await open(stepUp));
  assert.ok(markup.includes(escaped(stepUp.challengeUrl)), markup);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}

async function comeBack({ token }: AStepUp, method: 'GET' | 'POST' = 'GET'): Promise<Seen> {
  return send(method, `/3ds/${token}/return`);
}

async function rowOf({ payment }: AStepUp) {
  const { rows } = await adapter.database.hot.query<Record<string, unknown>>(
    'select * from step_up where payment_id = $1',
    [payment.id],
  );
  return rows[0] ?? {};
}

async function recordOf({ payment }: AStepUp) {
  const { rows } = await adapter.database.hot.query<{ event: string; name: string | null }>(
    `select o.event, e.name from operation o
     left join merchant_event e on e.payment_id = o.payment_id and e.sequence = o.sequence
     where o.payment_id = $1 and o.sequence > 1 order by o.sequence`,
    [payment.id],
  );
  return rows.map(({ event, name }) => [event, name]);
}

describe('the page of a step-up', () => {
  it('R55 needs no cookie, no script and nothing from elsewhere, and is kept by nobody', async () => {
    const page = await open(await aStepUp(adapter.database));

    assert.equal(page.status, 200);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; /);
    assert.match(policy, /form-action 'self'; frame-ancestors 'none'$/);
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
    assert.deepEqual(page.headers.getSetCookie(), []);
    assert.doesNotMatch(page.markup, /<script|<img|<link| on\w+=|https?:/);
    assert.ok(Buffer.byteLength(page.markup) < 8_192, 'it is small');
  });

  const greetings = {
    'nb-NO,nb;q=0.9,en;q=0.8': ['nb', 'Bekreft med banken din', '201,00'],
    'nn, en;q=0.5': ['nb', 'Bekreft med banken din', 'kr'],
    'da-DK': ['da', 'Bekræft med din bank', '201,00'],
    'fi-FI,fi;q=0.9': ['fi', 'Vahvista maksu pankissasi', '201,00'],
    'de;q=1, sv;q=0.4, en;q=0.3': ['sv', 'Bekräfta med din bank', '201,00'],
    'de-DE': ['en', 'Confirm with your bank', '201.00'],
    'sv;q=0, en;q=nonsense': ['en', 'Confirm with your bank', 'NOK'],
  } as const;
  for (const [acceptLanguage, [language, heading, amount]] of Object.entries(greetings)) {
    it(`speaks ${language} to a browser that asks for "${acceptLanguage}"`, async () => {
      const stepUp = await aStepUp(adapter.database, { amountMinor: 20_100n });
      const page = await open(stepUp, { 'accept-language': acceptLanguage });
      assert.equal(page.headers.get('content-language'), language);
      for (const text of [`<html lang="${language}">`, `<h1>${heading}</h1>`, amount, 'A shop']) {
        assert.ok(page.markup.includes(text), text);
      }
    });
  }

  it('is found by nobody who does not know its token', async () => {
    const { token } = await aStepUp(adapter.database);
    const other = token.startsWith('A') ? `B${token.slice(1)}` : `A${token.slice(1)}`;
    const paths = [other, token.slice(1), `${token}x`, 'x', `${token}/x`, `${other}/return`];
    for (const path of paths) assert.equal((await send('GET', `/3ds/${path}`)).status, 404, path);
    assert.equal((await send('POST', `/3ds/${other}/${'v'.repeat(22)}`)).status, 303);
    assert.equal((await send('GET', `/3ds/${other}/${'v'.repeat(22)}`)).status, 404);
  });

  it('leads to the bank by one button, and again to the same place when it is pressed again', async () => {
    const stepUp = await aStepUp(adapter.database);
    const page = await open(stepUp);

    const pressed = await Promise.all([enter(page), enter(page), enter(page)]);

    for (const { markup, status } of pressed) {
      assert.equal(status, 200);
      const url = escaped(stepUp.challengeUrl);
      assert.ok(markup.includes(`<meta http-equiv="refresh" content="0;url=${url}" />`), markup);
      assert.ok(markup.includes(`href="${url}"`));
    }
    assert.equal((await rowOf(stepUp))['state'], 'ENTERED');
  });

  it('can be entered once: another page view is told so, and never learns where the bank is', async () => {
    const stepUp = await aStepUp(adapter.database);
    const [first, second] = [await open(stepUp), await open(stepUp)];
    await enter(first);

    const refused = await send('GET', (await enter(second)).location);

    assert.match(refused.markup, /<h1>You have begun already<\/h1>/);
    assert.ok(!refused.markup.includes('acs.example'));
    assert.match(refused.markup, new RegExp(`href="/3ds/${stepUp.token}/return"`));
    assert.match(refused.markup, /\/cancel"/);
    // The first one is not locked out, after a reload or by the back button.
    assert.match((await send('GET', first.path)).markup, /Go on at the bank/);
    assert.ok((await enter(first)).markup.includes('acs.example'));
  });

  it('lets one of two browsers in when both press at the same moment', async () => {
    const stepUp = await aStepUp(adapter.database);
    const pages = await Promise.all([open(stepUp), open(stepUp), open(stepUp)]);
    const pressed = await Promise.all(pages.map(enter));
    assert.equal(pressed.filter(({ markup }) => markup.includes('acs.example')).length, 1);
  });

  it('knows the browser that entered by a cookie too, where the app opens the first URL again', async () => {
    const stepUp = await aStepUp(adapter.database);
    const page = await open(stepUp);
    const pressed = await send('POST', page.path);
    const [cookie = ''] = pressed.headers.getSetCookie();
    assert.match(cookie, /; Path=\/3ds\/[\w-]{43}; .*HttpOnly; Secure; SameSite=Lax$/);

    const again = await send('GET', `/3ds/${stepUp.token}`, { cookie: cookie.split(';')[0] ?? '' });

    assert.equal(again.location, page.path);
    const forged = await send('GET', `/3ds/${stepUp.token}`, {
      cookie: 'visit=AAAAAAAAAAAAAAAAAAAAAA',
    });
    assert.notEqual(forged.location, page.path);
  });
});

const ends = [
  [authenticated, 'SUCCEEDED', '3dssuccess', 'STEP_UP', ['CHALLENGE_SUCCEEDED', null]],
  [{ kind: 'FAILED' }, 'FAILED', '3dsfailure', 'FAILED', ['CHALLENGE_FAILED', 'ABORTED']],
  [{ kind: 'CANCELLED' }, 'CANCELLED', '3dscancel', 'ABORTED', ['USER_CANCELLED', 'ABORTED']],
  [{ kind: 'TIMED_OUT' }, 'TIMED_OUT', '3dsfailure', 'EXPIRED', ['TIMED_OUT', 'EXPIRED']],
] as const;

describe('coming back from the bank', () => {
  for (const [result, state, operation, paymentState, record] of ends) {
    for (const method of ['GET', 'POST'] as const) {
      it(`R51 goes on to the URL of ${operation}, byte for byte, when the challenge ${state} (${method})`, async () => {
        const stepUp = await aStepUp(adapter.database);
        await goToBank(stepUp);
        threeDsServer.results = () => result;

        const back = await comeBack(stepUp, method);

        assert.equal(back.status, 303);
        assert.equal(back.location, returnUrls[operation]);
        assert.deepEqual(threeDsServer.asked, [stepUp.serverReference]);
        assert.equal((await rowOf(stepUp))['state'], state);
        assert.equal(await stateOf(adapter.database, stepUp.payment), paymentState);
        assert.deepEqual(await recordOf(stepUp), [record]);
        // Whatever is opened afterwards leads to the same place, and nothing is written twice.
        threeDsServer.results = () => ({ kind: 'FAILED' });
        assert.equal((await comeBack(stepUp)).location, returnUrls[operation]);
        assert.equal((await send('GET', `/3ds/${stepUp.token}`)).location, returnUrls[operation]);
        assert.deepEqual(await recordOf(stepUp), [record]);
        assert.equal(threeDsServer.asked.length, 1);
      });
    }
  }

  it('R51 goes on to the fixed URL where Vipps sent none, or none that a header can hold', async () => {
    for (const urls of [{}, { '3dssuccess': 'https://vipps.example/\r\nSet-Cookie: a=b' }]) {
      const stepUp = await aStepUp(adapter.database, { returnUrls: urls });
      await goToBank(stepUp);
      threeDsServer.results = () => authenticated;
      assert.equal((await comeBack(stepUp)).location, fallback);
    }
  });

  it('believes the 3-D Secure server and nothing that the browser brings', async () => {
    const stepUp = await aStepUp(adapter.database);
    await goToBank(stepUp);
    const back = await fetch(
      `http://127.0.0.1:${app.port}/3ds/${stepUp.token}/return?transStatus=Y`,
      {
        method: 'POST',
        body: new URLSearchParams({ transStatus: 'Y', cres: 'x'.repeat(20_000) }),
        redirect: 'manual',
      },
    );
    assert.equal(back.status, 200);
    assert.match(await back.text(), /<h1>Your bank is not done yet<\/h1>/);
    assert.equal((await rowOf(stepUp))['state'], 'ENTERED');
  });

  it('asks again where the server said nothing that makes sense, and never strands the customer', async () => {
    const stepUp = await aStepUp(adapter.database);
    await goToBank(stepUp);
    for (const results of [
      () => ({ kind: 'UNKNOWN', why: 'silence' }) as const,
      () => {
        throw new Error('a mistake in the adapter');
      },
    ]) {
      threeDsServer.results = results;
      const page = await comeBack(stepUp);
      assert.equal(page.status, 200);
      assert.match(page.markup, new RegExp(`href="/3ds/${stepUp.token}/return"`));
    }
    threeDsServer.results = () => authenticated;
    assert.equal((await comeBack(stepUp)).location, returnUrls['3dssuccess']);
  });

  it('asks nothing before anybody went to the bank: it leads to the page', async () => {
    const stepUp = await aStepUp(adapter.database);
    threeDsServer.results = () => authenticated;
    const back = await comeBack(stepUp);
    assert.match(back.location, new RegExp(`^/3ds/${stepUp.token}/[\\w-]{22}$`));
    assert.deepEqual(threeDsServer.asked, []);
    assert.equal((await rowOf(stepUp))['state'], 'OPEN');
  });

  it('keeps the proof sealed, for this leg alone', async () => {
    const stepUp = await aStepUp(adapter.database);
    await goToBank(stepUp);
    threeDsServer.results = () => authenticated;
    await comeBack(stepUp);
    const row = await rowOf(stepUp);
    const sealed = row['sealed_authentication_value'] as Buffer;
    const key = deriveKey(testSettings.accessTokenKey, 'step-up proof');
    const leg = { paymentId: stepUp.payment.id, attempt: 1, leg: 1 };
    assert.equal(createProofSeal(key).open(sealed, leg).expose(), authenticationValue);
    assert.ok(!sealed.includes(authenticationValue));
    assert.equal(row['eci'], '05');
    assert.equal(row['three_ds_transaction_id'], '7f1c3a4e-0000-4000-8000-00000000d5d5');
  });

  it('ends once, whatever comes at the same moment', async () => {
    const stepUp = await aStepUp(adapter.database);
    const page = await open(stepUp);
    await enter(page);
    threeDsServer.results = () => authenticated;

    await Promise.all([
      comeBack(stepUp),
      send('POST', `${page.path}/cancel`),
      comeBack(stepUp, 'POST'),
      send('POST', `${page.path}/cancel`),
    ]);

    assert.equal((await recordOf(stepUp)).length, 1);
    const succeeded = (await rowOf(stepUp))['state'] === 'SUCCEEDED';
    assert.equal(
      (await comeBack(stepUp)).location,
      returnUrls[succeeded ? '3dssuccess' : '3dscancel'],
    );
  });
});

describe('a step-up that is given up', () => {
  it('R51 leads to the URL of 3dscancel when the customer cancels, before or after the bank', async () => {
    for (const entered of [false, true]) {
      const stepUp = await aStepUp(adapter.database);
      const page = await open(stepUp);
      if (entered) await enter(page);

      const pressed = await send('POST', `${page.path}/cancel`);

      const on = await send('GET', pressed.location);
      assert.ok(on.markup.includes(`content="0;url=/3ds/${stepUp.token}/return"`), on.markup);
      assert.equal((await comeBack(stepUp)).location, returnUrls['3dscancel']);
      assert.equal(await stateOf(adapter.database, stepUp.payment), 'ABORTED');
      assert.deepEqual(await recordOf(stepUp), [['USER_CANCELLED', 'ABORTED']]);
      assert.deepEqual(threeDsServer.asked, []);
    }
  });

  it('ends by itself, and leads to the URL of 3dsfailure then', async () => {
    const [opened, entered] = [await aStepUp(adapter.database), await aStepUp(adapter.database)];
    await goToBank(entered);
    await adapter.database.hot.query(
      'update step_up set expires_at = clock_timestamp() where payment_id in ($1, $2)',
      [opened.payment.id, entered.payment.id],
    );
    threeDsServer.results = () => authenticated;
    for (const stepUp of [opened, entered]) {
      await eventually<unknown>('TIMED_OUT', async () => (await rowOf(stepUp))['state']);
      assert.equal(await stateOf(adapter.database, stepUp.payment), 'EXPIRED');
      assert.deepEqual(await recordOf(stepUp), [['TIMED_OUT', 'EXPIRED']]);
      assert.equal((await comeBack(stepUp)).location, returnUrls['3dsfailure']);
    }
  });

  it('is over for its page at the very moment at which its time is up', async () => {
    const stepUp = await aStepUp(adapter.database, { secondsLeft: -1 });
    const page = await send('GET', `/3ds/${stepUp.token}`);
    assert.equal(page.location, returnUrls['3dsfailure']);
    assert.equal(await stateOf(adapter.database, stepUp.payment), 'EXPIRED');
    assert.deepEqual(await recordOf(stepUp), [['TIMED_OUT', 'EXPIRED']]);
  });

  it('is over when its payment was ended otherwise', async () => {
    const stepUp = await aStepUp(adapter.database, { state: 'ABORTED' });
    threeDsServer.results = () => authenticated;
    assert.equal((await send('GET', `/3ds/${stepUp.token}`)).location, returnUrls['3dsfailure']);
    assert.equal((await comeBack(stepUp)).location, returnUrls['3dsfailure']);
    assert.deepEqual(await recordOf(stepUp), []);
    assert.equal(await stateOf(adapter.database, stepUp.payment), 'ABORTED');
  });
});
