import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import request from 'supertest';
import { type z } from 'zod';
import {
  credentialsAnswer,
  merchantAnswer,
  merchantsAnswer,
} from '../../../src/back-office/merchant-messages.ts';
import { startTestAdapter, type TestAdapter } from '../../support/test-adapter.ts';
import { theOffice } from './the-office.ts';

type Credentials = z.output<typeof credentialsAnswer>['credentials'];

describe('merchants at the back office', () => {
  let adapter: TestAdapter;
  let office: ReturnType<typeof theOffice>;
  before(async () => {
    adapter = await startTestAdapter();
    office = theOffice(adapter);
  });
  after(() => adapter[Symbol.asyncDispose]());

  let serial = 400_000;
  async function aMerchant(further: object = {}) {
    serial += 1;
    const msn = String(serial);
    const answer = await office.post('/merchants', { msn, name: 'Sokkebutikken', ...further });
    assert.equal(answer.status, 201, answer.text);
    assert.equal(answer.headers['cache-control'], 'no-store');
    const made = credentialsAnswer.parse(answer.body);
    assert.deepEqual(answer.body, made, 'nothing is answered that is not described');
    return { msn, ...made };
  }

  async function changed(msn: string, changes: object) {
    const answer = await office.patch(`/merchants/${msn}`, changes);
    assert.equal(answer.status, 200, answer.text);
    return merchantAnswer.parse(answer.body);
  }

  async function rotated(msn: string, body: object): Promise<Credentials> {
    const answer = await office.post(`/merchants/${msn}/credentials`, body);
    assert.equal(answer.status, 200, answer.text);
    return credentialsAnswer.parse(answer.body).credentials;
  }

  const tokenWith = async ({ clientId, clientSecret, subscriptionKey }: Credentials) => {
    const answer = await request(adapter.publicApp)
      .post('/accesstoken/get')
      .set('client_id', clientId)
      .set('client_secret', clientSecret)
      .set('Ocp-Apim-Subscription-Key', subscriptionKey);
    return (answer.body as { access_token?: string }).access_token;
  };

  const readWith = async (msn: string, token: string | undefined, subscriptionKey: string) => {
    const answer = await request(adapter.publicApp)
      .get('/epayment/v1/payments/no-such-payment')
      .set('Authorization', `Bearer ${token ?? ''}`)
      .set('Ocp-Apim-Subscription-Key', subscriptionKey)
      .set('Merchant-Serial-Number', msn);
    return answer.status;
  };

  it('are made with credentials that work', async () => {
    const { msn, credentials, merchant } = await aMerchant({ paymentLimit: 50_000 });

    assert.equal(merchant.status, 'ACTIVE');
    assert.equal(merchant.paymentLimit, 50_000);
    const token = await tokenWith(credentials);
    assert.equal(await readWith(msn, token, credentials.subscriptionKey), 404);
  });

  it('are made once', async () => {
    const { msn } = await aMerchant();
    const again = await office.post('/merchants', { msn, name: 'Another' });

    assert.equal(again.status, 409);
    assert.equal((again.body as { code: string }).code, 'MERCHANT_EXISTS');
    assert.equal((await changed(msn, {})).name, 'Sokkebutikken');
  });

  it('show no secret once they are made', async () => {
    const { msn, credentials } = await aMerchant();
    for (const path of [`/merchants/${msn}`, '/merchants']) {
      const { text } = await office.get(path);
      assert.equal(text.includes(credentials.clientSecret), false);
      assert.equal(text.includes(credentials.subscriptionKey), false);
      assert.equal(/hash/i.test(text), false);
    }
  });

  it('are listed page by page', async () => {
    const made = [(await aMerchant()).msn, (await aMerchant()).msn, (await aMerchant()).msn];
    const listed: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const answer = await office.get(`/merchants?limit=2&after=${after}`);
      const page: z.output<typeof merchantsAnswer> = merchantsAnswer.parse(answer.body);
      listed.push(...page.merchants.map(({ msn }) => msn));
      after = page.next;
    }
    assert.deepEqual(listed, listed.toSorted());
    assert.deepEqual(
      made.filter((msn) => listed.includes(msn)),
      made,
    );
  });

  it('get new credentials without a body too, and the old ones end at once', async () => {
    const { msn, credentials } = await aMerchant();

    const answer = await office.post(`/merchants/${msn}/credentials`, '');

    assert.equal(answer.status, 200, answer.text);
    const { credentials: anew } = credentialsAnswer.parse(answer.body);
    assert.notEqual(await tokenWith(anew), undefined);
    assert.equal(await tokenWith(credentials), undefined);
  });

  it('are changed in what is given, and keep the rest', async () => {
    const { msn, merchant } = await aMerchant({ descriptor: 'SOKKER' });

    const after = await changed(msn, { creditCardsAllowed: false, paymentLimit: 10_000 });

    const { changedAt } = after;
    const wanted = { ...merchant, creditCardsAllowed: false, paymentLimit: 10_000, changedAt };
    assert.deepEqual(after, wanted);
    assert.equal((await changed(msn, { paymentLimit: null })).paymentLimit, null);
  });

  it('are moved to another rail, and let customers through 3-D Secure or not', async () => {
    const { msn, merchant } = await aMerchant();
    assert.deepEqual([merchant.rail, merchant.stepUpAllowed], ['psp-v2', true]);

    const after = await changed(msn, { rail: 'psp-v3', stepUpAllowed: false });

    assert.deepEqual([after.rail, after.stepUpAllowed], ['psp-v3', false]);
    const born = await aMerchant({ rail: 'psp-v3', stepUpAllowed: false });
    assert.deepEqual([born.merchant.rail, born.merchant.stepUpAllowed], ['psp-v3', false]);
  });

  it('are closed and opened again', async () => {
    const { msn, credentials } = await aMerchant();
    const token = await tokenWith(credentials);

    const closed = await office.post(`/merchants/${msn}/deactivate`);
    assert.equal((closed.body as { status: string }).status, 'DEACTIVATED');
    assert.equal(await readWith(msn, token, credentials.subscriptionKey), 403);
    assert.equal(await tokenWith(credentials), undefined);

    await office.post(`/merchants/${msn}/activate`);
    assert.equal(await readWith(msn, token, credentials.subscriptionKey), 404);
  });

  it('get new credentials, and the old ones end at once', async () => {
    const { msn, credentials: old } = await aMerchant();
    const oldToken = await tokenWith(old);

    const fresh = await rotated(msn, {});

    assert.equal(await tokenWith(old), undefined);
    assert.equal(await readWith(msn, oldToken, old.subscriptionKey), 401);
    assert.equal(await readWith(msn, await tokenWith(fresh), fresh.subscriptionKey), 404);
  });

  it('may change over for a time in which both credentials are good', async () => {
    const { msn, credentials: old } = await aMerchant();

    const fresh = await rotated(msn, { formerValidSeconds: 3_600 });

    for (const credentials of [old, fresh]) {
      const token = await tokenWith(credentials);
      assert.equal(await readWith(msn, token, credentials.subscriptionKey), 404);
    }
    await adapter.database.hot.query(
      `update merchant set former_credentials_until = now() - interval '1 second' where msn = $1`,
      [msn],
    );
    assert.equal(await tokenWith(old), undefined);
    assert.notEqual(await tokenWith(fresh), undefined);
  });

  it('have two sets of credentials at most', async () => {
    const { msn, credentials: first } = await aMerchant();
    const second = await rotated(msn, { formerValidSeconds: 3_600 });
    const third = await rotated(msn, { formerValidSeconds: 3_600 });

    assert.equal(await tokenWith(first), undefined);
    assert.notEqual(await tokenWith(second), undefined);
    assert.notEqual(await tokenWith(third), undefined);
  });

  const mistakes = [
    ['msn', { msn: '12', name: 'A' }],
    ['name', { msn: '499999' }],
    ['name', { msn: '499999', name: '' }],
    ['name', { msn: '499999', name: 'a\0b' }],
    ['rail', { msn: '499999', name: 'A', rail: 'pigeon' }],
    ['paymentLimit', { msn: '499999', name: 'A', paymentLimit: 0 }],
    ['paymentLimit', { msn: '499999', name: 'A', paymentLimit: 1.5 }],
    ['categoryCode', { msn: '499999', name: 'A', categoryCode: '59' }],
    ['country', { msn: '499999', name: 'A', country: 'Norway' }],
    ['descriptor', { msn: '499999', name: 'A', descriptor: 'x'.repeat(26) }],
    ['colour', { msn: '499999', name: 'A', colour: 'red' }],
  ] as const;
  for (const [name, body] of mistakes) {
    it(`are not made of ${JSON.stringify(body)}, and ${name} is named`, async () => {
      const answer = await office.post('/merchants', body);

      assert.equal(answer.status, 400);
      const { errors } = answer.body as { errors: readonly { name: string }[] };
      assert.deepEqual(
        errors.map((error) => error.name),
        [name],
      );
    });
  }

  it('that are not there are not found', async () => {
    assert.equal((await office.get('/merchants/499998')).status, 404);
    assert.equal((await office.get('/merchants/no-number')).status, 404);
    assert.equal((await office.patch('/merchants/499998', {})).status, 404);
    assert.equal((await office.post('/merchants/499998/credentials', {})).status, 404);
    assert.equal((await office.post('/merchants/499998/deactivate')).status, 404);
  });
});
