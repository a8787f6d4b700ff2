import { type Rail } from '../payments/rail.ts';
import { type MakePaymentRequest, type ReadableCall, type ReadRequest } from './messages.ts';
import { readV2Request } from './read-v2-request.ts';
import { readV3Request } from './read-v3-request.ts';

const readers: Readonly<Record<Rail, ReadRequest>> = {
  'psp-v2': readV2Request,
  'psp-v3': readV3Request,
};

/** Reads the rest of a call in the words of its payment's rail, whatever path it came by. */
export function readRequest(
  { rail, merchant }: { readonly rail: Rail; readonly merchant: { readonly msn: string } },
  call: ReadableCall,
): MakePaymentRequest {
  return readers[rail](call, merchant.msn);
}
