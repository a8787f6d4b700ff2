import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { createVippsSimulator } from '../../../src/simulator/vipps/simulator.ts';
import { accessToken, anInit, postInit } from './a-payment.ts';

const folder = mkdtempSync(join(tmpdir(), 'vipps-simulator-'));

describe('the data file of the simulated Vipps', () => {
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('brings payments, ids and links back after a restart, also after a torn last line', async () => {
    const dataFile = join(folder, 'payments.jsonl');
    const body = anInit();
    const id = String(body['pspTransactionId']);
    const headers = { 'Request-Id': 'kept' };
    const before = createVippsSimulator({ dataFile });
    const first = await postInit(before, await accessToken(before), body, headers).expect(200);
    before.control.activate(id);
    before.close();
    before.close();
    assert.equal(statSync(dataFile).mode & 0o777, 0o600);
    appendFileSync(dataFile, '{"payment":{"pspTransactionId":"torn","merch');

    const after = createVippsSimulator({ dataFile });
    assert.equal(after.control.paymentCount(), 1);
    assert.equal(after.control.payment(id)?.activated, true);
    const token = await accessToken(after);
    const again = await postInit(after, token, body, headers).expect(200);
    assert.equal(again.text, first.text);
    await postInit(after, token, anInit({ pspTransactionId: id })).expect(400);
    after.close();
    assert.equal(readFileSync(dataFile, 'utf8').trim().split('\n').length, 1);
  });
});
