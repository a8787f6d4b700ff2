import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const preload = new URL('../../support/no-network.js', import.meta.url).href;

/** In a process of its own, because reaching out makes the whole process fail. */
function run(script: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--import=${preload}`, '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: {} },
  );
  return { status, stdout, stderr };
}

describe('the switched-off network', () => {
  for (const [what, script] of Object.entries({
    'a socket to an address': `import net from 'node:net'; net.connect(80, '192.0.2.1').on('error', (e) => console.log(e.code))`,
    'a socket to a name': `import { connect } from 'node:net'; connect({ host: 'example.com', port: 80 }).on('error', (e) => console.log(e.code))`,
    'a TLS connection': `import tls from 'node:tls'; tls.connect(443, 'example.com').on('error', (e) => console.log(e.code))`,
    fetch: `await fetch('https://example.com').catch((e) => console.log(e.cause.code))`,
    undici: `import { request } from 'undici'; await request('http://example.com').catch((e) => console.log(e.code))`,
    'a name look-up': `import { lookup } from 'node:dns'; lookup('example.com', (e) => console.log(e.code))`,
    'a promised look-up': `import { lookup } from 'node:dns/promises'; await lookup('example.com').catch((e) => console.log(e.code))`,
    'a datagram': `import dgram from 'node:dgram'; try { dgram.createSocket('udp4').send('x', 53, '192.0.2.1') } catch (e) { console.log(e.code); process.exit() }`,
  })) {
    it(`refuses ${what}, and fails the process that swallowed the refusal`, () => {
      const { status, stdout, stderr } = run(script);

      assert.equal(stdout.trim(), 'ENETUNREACH');
      assert.match(stderr, /tests have this machine only/);
      assert.equal(status, 1);
    });
  }

  for (const host of ['127.0.0.1', 'localhost', '::1']) {
    it(`leaves ${host} alone`, () => {
      const { status, stdout } = run(
        `import http from 'node:http';
         const server = http.createServer((_, res) => res.end('here')).listen(0, async () => {
           const host = '${host}'.includes(':') ? '[${host}]' : '${host}';
           const answer = await fetch('http://' + host + ':' + server.address().port);
           console.log(await answer.text());
           server.close();
         });`,
      );

      assert.deepEqual({ status, stdout: stdout.trim() }, { status: 0, stdout: 'here' });
    });
  }
});
