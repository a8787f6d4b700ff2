import { type Secret } from '../shared/secret.ts';

/** What Vipps gave this PSP, for one environment. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: Secret<string>;
  readonly subscriptionKey: Secret<string>;
  /** Only where the access token API has a subscription key of its own. */
  readonly tokenSubscriptionKey?: Secret<string>;
  /** One per PSP. */
  readonly pspId: string;
}
