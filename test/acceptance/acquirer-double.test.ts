import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type CardEncryption,
  cardEncryption,
  cards,
  plaintextOf,
  readPublicKey,
} from './card-data.ts';
import { leaksIn, logsOf } from './leaks.ts';
import { type Merchant, openMerchant } from './merchant.ts';
import { makeDatabase } from './own-database.ts';
import { type Adapter, eventually, makePlace, openedThings, startAdapter } from './programs.ts';
import {
  type Behaviour,
  startStrangersAcquirer,
  type StrangersAcquirer,
} from './strangers-acquirer.ts';
import { type Init, startStrangersVipps, type StrangersVipps } from './strangers-vipps.ts';

/** The deadlines of makePayment at a tenth of their length: 1.2 s for the acquirer, gone by 1.35 s. */
const deadlineScale = 0.1;

describe('a stranger in place of the simulated acquirer', () => {
  const opened = openedThings();
  let vipps: StrangersVipps;
  let acquirer: StrangersAcquirer;
  let adapter: Adapter;
  let merchant: Merchant;
  let encryption: CardEncryption;

  before(async () => {
    const place = await makePlace();
    opened.add(place.remove);
    const database = await makeDatabase();
    opened.add(database.drop);
    vipps = await startStrangersVipps('123456');
    opened.add(vipps.close);
    acquirer = await startStrangersAcquirer();
    opened.add(acquirer.close);
    adapter = await startAdapter(place.directory, {
      VIPPS_API_URL: vipps.url,
      ACQUIRER_URL: acquirer.url,
      DATABASE_URL: database.url,
      DEADLINE_SCALE: String(deadlineScale),
    });
    opened.add(adapter.stop);
    merchant = await openMerchant(adapter.sandbox);
    encryption = await cardEncryption(await readPublicKey(adapter.keysDirectory), place.directory);
  });

  after(async () => {
    const started = adapter as Adapter | undefined;
    await started?.stop();
    const logged = started ? await logsOf(started) : '';
    await opened.closeAll();
    const secrets = {
      'card number': [cards.visa.number],
      'makePayment token': vipps.inits.map(({ makePaymentToken }) => makePaymentToken),
    };
    assert.deepEqual(leaksIn(logged, secrets), []);
  });

  async function pay(amount: number, how?: Behaviour) {
    if (how) acquirer.behave(amount, how);
    const created = await merchant.create({ amount: { currency: 'NOK', value: amount } });
    assert.equal(created.status, 201, created.text);
    const { redirectUrl } = created.body as { redirectUrl: string };
    const init = vipps.inits.find(({ pspTransactionId }) => redirectUrl.includes(pspTransactionId));
    assert.ok(init);
    const answer = await vipps.makePayment(init, {
      cardData: await encryption.encrypt(plaintextOf(cards.visa)),
    });
    assert.ok(answer);
    assert.equal(answer.status, 200);
    return { init, reference: created.reference, answer };
  }

  const messagesOf = (init: Init) =>
    acquirer.messages.filter(({ body }) => body['pspTransactionId'] === init.pspTransactionId);

  const pathsOf = (init: Init) => messagesOf(init).map(({ path }) => path);

  const errorIdOf = (answer: { body: unknown }): unknown =>
    (answer.body as { errorMessage?: { errorId: unknown } }).errorMessage?.errorId;

  it('starts no simulator, and says so', () => {
    assert.equal(adapter.sandbox.vippsSimulatorUrl, null);
    assert.equal(adapter.sandbox.acquirerSimulatorUrl, null);
  });

  it('is asked in the words of the contract, for the stored amount (R28)', async () => {
    const { init, answer, reference } = await pay(34_567);
    assert.deepEqual(answer.body, {
      paymentInfo: { pspTransactionId: init.pspTransactionId, status: 'OK' },
    });
    const [message, ...others] = messagesOf(init);
    assert.ok(message);
    assert.deepEqual(others, []);
    assert.equal(message.path, '/authorisations');
    assert.equal(message.idempotencyKey, message.body['reference']);
    assert.deepEqual(message.body['card'], { pan: cards.visa.number, expiry: cards.visa.expiry });
    assert.equal(message.body['amount'], 34_567);
    assert.equal(message.body['currency'], 'NOK');
    assert.equal(message.body['merchantSerialNumber'], '123456');
    await eventually(
      () => merchant.payment(reference),
      ({ state }) => state === 'AUTHORIZED',
    );
  });

  const codes: readonly (readonly [responseCode: string, errorId: number])[] = [
    ['15', 81],
    ['05', 82],
    ['59', 83],
    ['34', 83],
    ['61', 84],
    ['54', 86],
    ['33', 86],
    ['14', 87],
    ['51', 89],
    // The issuer wants the customer authenticated first: the step-up of the sandbox is offered.
    ['1A', 1036],
  ];
  codes.forEach(([responseCode, errorId], index) => {
    it(`R35 reads response code ${responseCode} as ${errorId}, and reverses nothing`, async () => {
      const members = { approved: false, responseCode };
      const { init, answer } = await pay(1_000 + index, { kind: 'ANSWER', members });
      assert.equal(errorIdOf(answer), errorId);
      assert.deepEqual(pathsOf(init), ['/authorisations']);
    });
  });

  const unintelligible: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['an unlisted code', { responseCode: 'ZZ', approved: false }],
    ['another amount', { amount: 1 }],
    ['another currency', { currency: 'SEK' }],
    ['another reference', { reference: 'somebody-elses' }],
    ['a yes with the code of a no', { approved: true, responseCode: '05' }],
    ['a no with the code of a yes', { approved: false, responseCode: '00' }],
    ['a partial approval', { responseCode: '10', amount: 500 }],
  ];
  unintelligible.forEach(([what, members], index) => {
    it(`R35 answers 72 to ${what}, and reverses`, async () => {
      const { init, answer } = await pay(1_100 + index, { kind: 'ANSWER', members });
      assert.equal(errorIdOf(answer), 72);
      await untilReversed(init);
    });
  });

  const broken: readonly (readonly [string, Behaviour])[] = [
    ['HTTP 500', { kind: 'TEXT', status: 500, text: '{}' }],
    ['HTTP 409', { kind: 'TEXT', status: 409, text: '{}' }],
    ['a redirect', { kind: 'TEXT', status: 302, text: '' }],
    ['no JSON', { kind: 'TEXT', status: 200, text: '<html>' }],
    ['an empty answer', { kind: 'TEXT', status: 200, text: '' }],
    ['half an answer', { kind: 'TEXT', status: 200, text: '{"reference":"' }],
    ['an answer without a code', { kind: 'TEXT', status: 200, text: '{"approved":true}' }],
    ['a cut connection', { kind: 'APPROVE_AND_CUT' }],
  ];
  broken.forEach(([what, how], index) => {
    it(`R35 answers 85 to ${what}, and reverses`, async () => {
      const { init, answer } = await pay(1_200 + index, how);
      assert.equal(errorIdOf(answer), 85);
      await untilReversed(init);
    });
  });

  for (const [what, how] of [
    ['silence', { kind: 'SILENT' }],
    ['an approval that comes too late', { kind: 'APPROVE_LATE', afterMs: 1_600 }],
  ] as const) {
    it(`R29 answers 85 to ${what} by its deadline, and reverses`, async () => {
      const { init, answer } = await pay(how.kind === 'SILENT' ? 1_300 : 1_301, how);
      assert.equal(errorIdOf(answer), 85);
      // 13.5 s at a tenth, and what two processors shared by everything may add.
      assert.ok(answer.elapsedMs < 2_000, `answered after ${answer.elapsedMs} ms`);
      await untilReversed(init);
    });
  }

  async function untilReversed(init: Init): Promise<void> {
    await eventually(
      () => pathsOf(init),
      (paths) => paths.includes('/reversals'),
    );
    const [authorisation, reversal] = messagesOf(init);
    assert.equal(reversal?.body['originalReference'], authorisation?.body['reference']);
    assert.equal(reversal?.idempotencyKey, reversal?.body['reference']);
    const reference = String(authorisation?.body['reference']);
    assert.ok(!acquirer.liveReferences().includes(reference), 'no money is held');
  }

  it('takes captures, refunds and voids in the words of the contract', async () => {
    const { init, reference } = await pay(20_000);
    await eventually(
      () => merchant.payment(reference),
      ({ state }) => state === 'AUTHORIZED',
    );
    const part = (value: number) => ({ modificationAmount: { currency: 'NOK', value } });
    for (const [path, body] of [
      ['capture', part(12_000)],
      ['refund', part(2_000)],
      ['cancel', {}],
    ] as const) {
      const answer = await merchant.post(`/${reference}/${path}`, body);
      assert.equal(answer.status, 200, answer.text);
    }
    const [authorisation, ...others] = messagesOf(init);
    assert.deepEqual(
      others.map(({ path, body }) => [path, body['amount'], body['originalReference']]),
      [
        ['/captures', 12_000, authorisation?.body['reference']],
        ['/refunds', 2_000, authorisation?.body['reference']],
        ['/voids', 8_000, authorisation?.body['reference']],
      ],
    );
    const reported = await eventually(
      () => reportsOf(init),
      ({ length }) => length === 3,
    );
    assert.deepEqual(
      reported.map(({ status, amount }) => [status, amount]),
      [
        ['CAPTURED', 12_000],
        ['REFUNDED', 2_000],
        ['CANCELLED', 8_000],
      ],
    );
  });

  function reportsOf({ pspTransactionId }: Init) {
    type Line = { pspTransactionId: string; status: string; amount: number };
    return vipps.calls
      .filter(({ path }) => path.endsWith('/updatestatus'))
      .flatMap(({ body }) => (body as { transactions: Line[] }).transactions)
      .filter((line) => line.pspTransactionId === pspTransactionId);
  }

  it('R35 answers 91 without asking when the acquirer has failed often, and asks again later', async () => {
    acquirer.behave(1_400, { kind: 'TEXT', status: 500, text: '' });
    const failing = await eventually(
      () => pay(1_400),
      ({ answer }) => errorIdOf(answer) === 91,
      20_000,
    );
    assert.deepEqual(pathsOf(failing.init), []);
    assert.equal((await merchant.payment(failing.reference)).state, 'ABORTED');
    await eventually(
      () => pay(50_000),
      ({ answer }) => errorIdOf(answer) === undefined,
      10_000,
    );
  });

  it('leaves nothing held of all this but what Vipps was told of', () => {
    const approved = acquirer.messages
      .filter(({ path, body }) => path === '/authorisations' && Number(body['amount']) >= 20_000)
      .map(({ body }) => String(body['reference']));
    for (const reference of acquirer.liveReferences()) assert.ok(approved.includes(reference));
  });
});
