import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { aModification, anAuthorisation, aReversal, callsTo } from './a-call.ts';

const program = fileURLToPath(new URL('../../../src/simulator/acquirer/main.js', import.meta.url));
let folder: string;
let started: ChildProcess[] = [];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'acquirer-'));
});
after(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started = [];
});

async function start(...flags: string[]) {
  const child = spawn(process.execPath, [program, '--port', '0', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  const [out, err]: [string[], string[]] = [[], []];
  createInterface(child.stderr).on('line', (line) => err.push(line));
  const lines = createInterface(child.stdout).on('line', (line) => out.push(line));
  const [line] = (await once(lines, 'line')) as [string];
  const { url, ...rest } = JSON.parse(line) as { url: string };
  assert.deepEqual(rest, { event: 'simulator.listening', name: 'acquirer' });
  return { ...callsTo(url), child, out, err };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, 'close') as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}

describe('the program', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`stops cleanly on ${signal}, also while a call is waiting`, async () => {
      const { child, out, authorise, untilInProgress } = await start();
      const waiting = assert.rejects(authorise(anAuthorisation('auth1', { amount: 185 })));
      await untilInProgress(1);
      assert.equal(await stop(child, signal), 0);
      await waiting;
      assert.equal(out.length, 1);
    });
  }

  it('keeps its books over a kill -9, with keys, remembered reversals and what is left', async () => {
    const file = join(folder, 'killed.jsonl');
    const first = await start('--ledger-file', file);
    const answer = await (await first.authorise(anAuthorisation('auth1'))).text();
    await first.capture(aModification('c1', { amount: 4_000 }));
    await first.reverse(aReversal('r1', { originalReference: 'auth2' }));
    const ledger = await first.ledger();
    await stop(first.child, 'SIGKILL');

    const second = await start('--ledger-file', file);
    assert.deepEqual(await second.ledger(), ledger);
    assert.equal(await (await second.authorise(anAuthorisation('auth1'))).text(), answer);
    assert.equal((await second.authorise(anAuthorisation('auth1', { amount: 1 }))).status, 409);
    const tooMuch = await second.capture(aModification('c2', { amount: 6_001 }));
    assert.equal(((await tooMuch.json()) as Record<string, unknown>)['responseCode'], '61');
    const reversed = await second.authorise(anAuthorisation('auth2'));
    assert.equal(((await reversed.json()) as Record<string, unknown>)['approved'], false);
    await stop(second.child, 'SIGTERM');
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('cuts off a torn last line and goes on after it', async () => {
    const file = join(folder, 'torn.jsonl');
    const first = await start('--ledger-file', file);
    await first.authorise(anAuthorisation('auth1'));
    await stop(first.child, 'SIGKILL');
    appendFileSync(file, '{"entry":{"type":"AUTHORISATION","appro');

    const second = await start('--ledger-file', file);
    assert.equal((await second.ledger()).length, 1);
    await second.authorise(anAuthorisation('auth2'));
    await stop(second.child, 'SIGTERM');

    const third = await start('--ledger-file', file);
    assert.deepEqual(
      (await third.ledger()).map(({ reference }) => reference),
      ['auth1', 'auth2'],
    );
  });

  it('starts anew on a file of which only a part of the head was written', async () => {
    const file = join(folder, 'head.jsonl');
    writeFileSync(file, '{"fingerp');
    const { ledger, authorise, child } = await start('--ledger-file', file);
    assert.deepEqual(await ledger(), []);
    await authorise(anAuthorisation('auth1'));
    await stop(child, 'SIGTERM');
    assert.equal(readFileSync(file, 'utf8').split('\n').length, 3);
  });

  it('empties the file with a reset', async () => {
    const file = join(folder, 'reset.jsonl');
    const first = await start('--ledger-file', file);
    await first.authorise(anAuthorisation('auth1'));
    await first.order('POST', '/reset');
    await first.authorise(anAuthorisation('auth2'));
    await stop(first.child, 'SIGKILL');
    const second = await start('--ledger-file', file);
    assert.deepEqual(
      (await second.ledger()).map(({ reference }) => reference),
      ['auth2'],
    );
  });

  it('takes the delay scale and forgetfulness from the command line', async () => {
    const { control } = await start('--delay-scale', '0.1', '--forgetful-reversals');
    const settings = await control();
    assert.equal(settings['delayScale'], 0.1);
    assert.equal(settings['forgetfulReversals'], true);
  });

  it('writes card numbers and cryptograms nowhere', async () => {
    const file = join(folder, 'secrets.jsonl');
    const { authorise, ledger, inquire, child, err, out } = await start('--ledger-file', file);
    const pan = '4925000000000004';
    const cryptogram = 'AlhlvxmN2ZKuAAESNFZ4GoABFA==';
    await authorise(anAuthorisation('auth1', { card: { pan, expiry: '3012' } }));
    await authorise(anAuthorisation('auth1', { card: { pan, expiry: '3011' } }));
    await authorise(anAuthorisation('auth2', { card: { pan: `${pan}0000000`, expiry: '30' } }));
    const networkToken = {
      number: pan,
      cryptogram,
      expiryMonth: '12',
      expiryYear: '2030',
      tokenType: 'VISA',
    };
    await authorise(anAuthorisation('auth3', { card: undefined, networkToken }));
    await assert.rejects(
      authorise(anAuthorisation('auth4', { card: { pan, expiry: '3012' }, amount: 192 })),
    );
    const shown = [await ledger(), await (await inquire('auth1')).json()];
    await stop(child, 'SIGTERM');
    const written = [JSON.stringify(shown), readFileSync(file, 'utf8'), ...err, ...out].join('\n');
    assert.ok(written.includes('492500…0004'));
    assert.ok(!written.includes(pan));
    assert.ok(!written.includes(cryptogram));
  });

  it('ends with 1 and says why: an unknown flag, a bad port, a busy port, a spoilt file', async () => {
    const run = (...flags: string[]) =>
      spawnSync(process.execPath, [program, ...flags], { encoding: 'utf8', timeout: 20_000 });
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const address = busy.address();
    const busyPort = typeof address === 'object' ? String(address?.port) : '';
    const spoilt = join(folder, 'spoilt.jsonl');
    writeFileSync(spoilt, '{"fingerprintKey":"x"}\nnonsense\n');
    for (const [flags, complaint] of [
      [['--colour', 'red'], /--colour/],
      [['--port', 'http'], /--port/],
      [['--port', busyPort], /EADDRINUSE/],
      [['--port', '0', '--ledger-file', spoilt], /spoilt\.jsonl, line 2/],
    ] as const) {
      const { status, stderr, stdout } = run(...flags);
      assert.equal(status, 1);
      assert.match(stderr, complaint);
      assert.equal(stdout, '');
    }
    busy.close();
    assert.match(run('--help').stdout, /--ledger-file/);
  });
});
