import { randomUUID } from 'node:crypto';
import { type Answer, type ApiCall, gatewayError, header, json } from '../answer.ts';
import { type Simulation } from '../simulation.ts';
import { timestamp } from '../simulator-clock.ts';

/** `POST /accesstoken/get`: credentials in headers, no body, every member of the answer a string. */
export function getAccessToken(simulation: Simulation, call: ApiCall): Answer {
  const { credentials, tokenLifetimeSeconds } = simulation.settings;
  const subscription = subscriptionKeyError(call, credentials.subscriptionKey);
  if (subscription) return subscription;
  const denied = credentialsError(simulation, call);
  if (denied) return denied;
  const { token, notBefore, expiresOn } = simulation.tokens.issue();
  return json(200, {
    token_type: 'Bearer',
    expires_in: String(tokenLifetimeSeconds),
    ext_expires_in: String(tokenLifetimeSeconds),
    expires_on: String(expiresOn),
    not_before: String(notBefore),
    resource: '00000002-0000-0000-c000-000000000000',
    access_token: token,
  });
}

/** The API gateway's own check, which comes before Vipps sees the call. */
export function subscriptionKeyError(call: ApiCall, expected: string): Answer | undefined {
  const key = header(call, 'ocp-apim-subscription-key');
  if (key === expected) return undefined;
  return gatewayError(
    401,
    key === undefined || key === ''
      ? 'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.'
      : 'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
  );
}

function credentialsError(simulation: Simulation, call: ApiCall): Answer | undefined {
  const { clientId, clientSecret } = simulation.settings.credentials;
  const id = header(call, 'client_id');
  const secret = header(call, 'client_secret');
  if (!id || !secret) {
    return entraError(simulation, 400, {
      error: 'invalid_request',
      number: 900144,
      text: `The request must contain the header '${id ? 'client_secret' : 'client_id'}'.`,
    });
  }
  if (id !== clientId) {
    const text = 'The application was not found in the directory.';
    return entraError(simulation, 401, { error: 'unauthorized_client', number: 700016, text });
  }
  if (secret !== clientSecret) {
    const text = 'Invalid client secret is provided.';
    return entraError(simulation, 401, { error: 'invalid_client', number: 7000215, text });
  }
  return undefined;
}

type EntraError = { readonly error: string; readonly number: number; readonly text: string };

/** The shape of Entra ID, which issues Vipps' tokens behind the scenes. */
function entraError(simulation: Simulation, status: number, problem: EntraError): Answer {
  return json(status, {
    error: problem.error,
    error_description: `AADSTS${problem.number}: ${problem.text}`,
    error_codes: [problem.number],
    timestamp: timestamp(simulation.clock.nowMs()).replace('T', ' ').replace(/\.\d+/, ''),
    trace_id: randomUUID(),
    correlation_id: randomUUID(),
  });
}
