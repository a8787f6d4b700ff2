import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import request from 'supertest';
import { pspPublicKeyPem } from './a-payment.ts';

const program = fileURLToPath(new URL('../../../src/simulator/vipps/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vipps-simulator-'));

function start(...args: readonly string[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, [program, '--log-level', 'silent', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return child;
}

async function firstLine(child: { readonly stdout: NodeJS.ReadableStream }) {
  for await (const line of createInterface({ input: child.stdout })) {
    return JSON.parse(line) as Record<string, unknown>;
  }
  throw new Error('the program said nothing');
}

describe('the program of the simulated Vipps', () => {
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('starts without flags, prints where it listens and stops on SIGTERM', async () => {
    const child = start('--port', '0');
    const line = await firstLine(child);
    assert.equal(line['event'], 'simulator.listening');
    assert.equal(line['name'], 'vipps');
    assert.ok('defaultCredentials' in line);
    await request(String(line['url'])).get('/health').expect(200);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('takes its settings from a file, and does not print secrets of its owner', async () => {
    const config = join(folder, 'config.json');
    writeFileSync(join(folder, 'psp.pem'), pspPublicKeyPem);
    const merchants = [{ msn: '55555', name: 'The Shop', skipLandingPage: true }];
    const settings = { clientId: 'a', clientSecret: 'b', subscriptionKey: 'c', pspId: 'd' };
    writeFileSync(
      config,
      JSON.stringify({ ...settings, merchants, pspPublicKeyFile: 'psp.pem', port: 0 }),
    );
    const child = start('--config', config, '--allow-loopback-callbacks');
    const line = await firstLine(child);
    assert.deepEqual(Object.keys(line), ['event', 'name', 'url']);
    const listed = await request(String(line['url'])).get('/control/merchants');
    assert.match(listed.text, /The Shop/);
    child.kill('SIGINT');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('ends with a sentence that names what is wrong', async () => {
    for (const args of [['--port', 'x'], ['--bogus'], ['--config', '/nowhere.json']]) {
      const child = start(...args);
      const [code] = (await once(child, 'exit')) as [number];
      assert.equal(code, 1);
    }
  });
});
