import { z } from 'zod';
import { bodyShapes, routeNames } from '../misbehaviour.ts';

/** What the control API reads. Unknown members are refused, so that a typing error is noticed. */

const card = z.union([
  z.string(),
  z.strictObject({ pan: z.string().min(1), expiry: z.string().min(1) }),
]);

const forgery = z.strictObject({
  authorization: z.string().nullable().optional(),
  merchantSerialNumber: z.string().optional(),
  cardData: z.string().nullable().optional(),
  plaintext: z.string().optional(),
  oaepHash: z.enum(['sha256', 'sha1']).optional(),
  padding: z.enum(['oaep', 'pkcs1']).optional(),
  publicKeyPem: z.string().optional(),
  members: z.record(z.string(), z.unknown()).optional(),
  withoutMembers: z.array(z.string()).optional(),
  body: z.string().optional(),
  contentType: z.string().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  method: z.string().optional(),
  url: z.url().optional(),
});

const duplicatesMax = 100;

export const callbackOrder = z.strictObject({
  card: card.optional(),
  sessionId: z.string().optional(),
  duplicates: z.int().min(0).max(duplicatesMax).optional(),
  concurrent: z.boolean().optional(),
  sameBytes: z.boolean().optional(),
  patienceMs: z.int().min(1).optional(),
  decides: z.boolean().optional(),
  paymentInstrument: z.enum(['TOKEN', 'ENCRYPTEDCARD']).optional(),
  operations: z.boolean().optional(),
  quirks: z
    .strictObject({
      eci: z.union([z.string(), z.int()]).optional(),
      confirmed: z.boolean().optional(),
      empty: z.enum(['null', 'absent']).optional(),
    })
    .optional(),
  confirmed: z.enum(['YES', 'CANCEL', 'TIMEOUT', 'NO']).optional(),
  forge: forgery.optional(),
  /** False: answered at once, and the calls go on. */
  wait: z.boolean().optional(),
});

export const authentication = callbackOrder.omit({ wait: true }).extend({
  responsecode: z.enum(['OK', 'cancel', 'failure']).default('OK'),
  /** False: the page is not opened, and the app behaves as if it had ended so. */
  walk: z.boolean().default(true),
  /** False: the app closes the page and Vipps makes no second call. */
  secondCall: z.boolean().default(true),
});

export const misbehaveRule = z.strictObject({
  route: z.enum(routeNames),
  times: z.int().min(1).default(1),
  delayMs: z.int().min(0).optional(),
  cut: z.boolean().optional(),
  loseAnswer: z.boolean().optional(),
  status: z.int().min(200).max(599).optional(),
  shape: z.enum(bodyShapes).optional(),
  errorCode: z.string().optional(),
  errorMessage: z.string().optional(),
  body: z.string().optional(),
  contentType: z.string().optional(),
});

export const clockMove = z.strictObject({ advanceSeconds: z.number().min(0) });

export const callbackPatience = z.strictObject({ callbackPatienceMs: z.int().min(1) });

export const oaepHash = z.strictObject({ oaepHash: z.enum(['sha256', 'sha1']) });

export const merchantChange = z.strictObject({
  name: z.string().min(1).optional(),
  active: z.boolean().optional(),
  blocked: z.boolean().optional(),
  wrongPaymentModel: z.boolean().optional(),
  skipLandingPage: z.boolean().optional(),
});

export const listPage = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});
