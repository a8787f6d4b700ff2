/**
 * The ePayment API's error codes that this adapter uses, each with its HTTP status and title
 * (ePayment API guide, errors). The one place where a code becomes a status.
 */
export const problemCodes = {
  '3010': [500, 'Internal error'],
  '4010': [409, 'Idempotency-Key already used for another capture'],
  '4020': [409, 'Idempotency-Key already used'],
  '4040': [400, 'Invalid amount'],
  '4050': [400, 'Invalid CustomerToken'],
  '4060': [400, 'Invalid PersonalQr'],
  '4070': [400, 'Invalid phone number'],
  '4090': [400, 'Invalid URL'],
  '4100': [400, 'Too many metadata entries'],
  '4120': [400, 'Metadata key too long'],
  '4130': [400, 'Metadata value too long'],
  '4140': [400, 'Missing required parameter'],
  '4150': [409, 'Reference already exists'],
  '4160': [400, 'Invalid payment method type'],
  '5010': [400, 'Blocking payment sources is not applicable'],
  '5020': [403, 'Express payments are not allowed'],
  '5030': [403, 'Profile scope is not allowed'],
  '5040': [400, 'Invalid currency for merchant'],
  '5050': [403, 'Long-living payments are not allowed'],
  '5070': [400, 'Payment cannot be created'],
  '5090': [404, 'Reference not found'],
  '6010': [400, 'Amount too small'],
  '6020': [400, 'Cannot refund before reservation'],
  '6030': [400, 'Cancel period expired'],
  '6040': [400, 'Cannot cancel a captured payment'],
  '6050': [400, 'Cannot cancel a payment that is not reserved'],
  '6060': [400, 'Cannot cancel an authorized payment'],
  '6070': [400, 'Cannot capture a cancelled payment'],
  '6080': [400, 'Cannot capture before reservation'],
  '6090': [400, 'Capture amount too high'],
  '6100': [400, 'Capture period expired'],
  '6150': [400, 'Not enough funds to refund'],
  '6160': [423, 'Order is being processed'],
  '6170': [400, 'Payment already captured'],
  '6180': [400, 'Payment already refunded'],
  '6190': [400, 'Payment cannot be cancelled'],
  '6200': [400, 'Payment cannot be captured'],
  '6210': [400, 'Payment cannot be refunded'],
  '6220': [400, 'Refund period expired'],
  '6250': [409, 'Cannot cancel a payment that is being processed'],
  '6260': [400, 'Funds unavailable'],
  '10010': [400, 'Force approve failed'],
  '10060': [400, 'Force approve is not supported'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problemCodes;

/** Titles of problems that have no code of their own. */
export const titleOfStatus: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
};
