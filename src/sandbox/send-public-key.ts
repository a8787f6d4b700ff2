import { request } from 'undici';
import { AdapterError } from '../shared/errors.ts';

/** The simulated Vipps did not take the public key. */
export class PublicKeyNotTaken extends AdapterError {
  override readonly name = 'PublicKeyNotTaken';
  readonly code = 'PUBLIC_KEY_NOT_TAKEN';
}

/** Hands the PSP's public key to the simulated Vipps, as a PSP mails its own to the real one. */
export async function sendPublicKey(vippsSimulatorUrl: string, pem: string): Promise<void> {
  const answer = await request(`${vippsSimulatorUrl}/control/psp-public-key`, {
    method: 'PUT',
    headers: { 'Content-Type': 'text/plain' },
    body: pem,
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) {
    throw new PublicKeyNotTaken(`The simulated Vipps refused the public key: ${text}`);
  }
}
