import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, it } from 'node:test';
import { cards } from './card-data.ts';
import { processesOf } from './processes.ts';
import {
  eventually,
  killAll,
  makePlace,
  openedThings,
  type Program,
  projectRoot,
  startProgram,
  variablesOf,
} from './programs.ts';

const opened = openedThings();
after(opened.closeAll);

function startDemo(directory: string): Program {
  const program = path.join(projectRoot, 'src', 'start.mjs');
  return startProgram(
    [process.execPath, '--enable-source-maps', program, 'demo/demo.js'],
    variablesOf(directory),
  );
}

it('npm run demo starts a sandbox, plays a whole payment, shows every step, and leaves nothing running', async () => {
  const place = await makePlace();
  opened.add(place.remove);
  const demo = startDemo(place.directory);
  assert.deepEqual(await demo.ended, { code: 0, signal: null }, demo.stdout() + demo.stderr());
  const said = demo.stdout();
  const inOrder = [
    'POST /accesstoken/get',
    'POST /epayment/v1/payments',
    '/psp/v2/psppayments/init',
    'AUTHORISATION',
    'makePayment',
    '"status": "OK"',
    '"state": "AUTHORIZED"',
    '/capture',
    '/refund',
    '/cancel',
    '/psp/v2/psppayments/updatestatus',
    '/events',
    '"REFUND"',
    '"rail": "psp-v3"',
    '/psp/v3/psppayments/init',
    '/vipps/psp/v3/makePayment',
    '"status": "SOFT_DECLINE"',
    '3dssuccess, byte for byte',
    '/vipps/psp/v3/makePayment',
    '"status": "OK"',
    '"state": "AUTHORIZED"',
  ];
  let from = 0;
  for (const step of inOrder) {
    const at = said.indexOf(step, from);
    assert.ok(at >= 0, `${step} comes in its turn:\n${said}`);
    from = at;
  }
  for (const status of ['CAPTURED', 'REFUNDED', 'CANCELLED']) {
    assert.match(said, new RegExp(`"status": "${status}"`), 'Vipps is told');
  }
  for (const { number } of Object.values(cards)) assert.ok(!said.includes(number));
  assert.doesNotMatch(said, /[A-Za-z0-9+/]{300}/, 'no card data');
  assert.doesNotMatch(said, /"access_token": "ey/, 'no token');
  assert.doesNotMatch(said, /\/3ds\/[A-Za-z0-9_-]{20}/, 'no address of a step-up');
  const left = existsSync('/proc') ? await processesOf(place.directory) : [];
  assert.deepEqual(left, []);
});

it('npm run demo leaves nothing running when nobody watches to the end', async () => {
  const place = await makePlace();
  opened.add(place.remove);
  const demo = startDemo(place.directory);
  opened.add(() => killAll(demo));
  await eventually(
    () => demo.stdout(),
    (said) => said.includes('POST /accesstoken/get'),
    40_000,
  );

  demo.stopReading();

  await demo.ended;
  await eventually(
    () => (existsSync('/proc') ? processesOf(place.directory) : []),
    (left) => left.length === 0,
  );
});
