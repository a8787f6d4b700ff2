/**
 * What differs between the protocols with Vipps, as data: the deeds read it here and know no rail by
 * name. How a call is read, an answer written and a payment announced is in one adapter per rail.
 */
export interface RailCapabilities {
  /** The version of Vipps' PSP API that the rail's calls go to. */
  readonly pspVersion: 'v2' | 'v3';
  /** Where Vipps calls makePayment, from the public URL on. */
  readonly makePaymentPath: string;
  /** Vipps' patience with that call. */
  readonly deadlineMs: number;
  /** Where the customer goes after a step-up when Vipps named no place for how it ended. */
  readonly stepUpFallbackUrl: string;
}

const pspApi = {
  // "Known weakness" of v3's guide; nothing suggests that v2 differs.
  deadlineMs: 15_000,
  stepUpFallbackUrl: 'https://www.vipps.no/mobileintercept',
};

/** By the PSP API guides and specifications of v2 (2020-09) and v3 (2023-11). */
export const rails = {
  'psp-v2': {
    ...pspApi,
    pspVersion: 'v2',
    makePaymentPath: '/vipps/psp/v2/makePayment',
  },
  'psp-v3': {
    ...pspApi,
    pspVersion: 'v3',
    makePaymentPath: '/vipps/psp/v3/makePayment',
  },
} as const satisfies Readonly<Record<string, RailCapabilities>>;

/**
 * The protocol with Vipps that a payment was begun on. It stays with the payment for life; its
 * merchant may move to another at any moment.
 */
export type Rail = keyof typeof rails;

export const railNames = Object.keys(rails) as readonly Rail[];
