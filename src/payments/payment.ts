/** The protocol with Vipps that a payment was begun on; it stays with the payment for life. */
export type Rail = 'psp-v2' | 'psp-v3' | 'epayment-psp' | 'epayment';

export type UserFlow = 'WEB_REDIRECT' | 'NATIVE_REDIRECT' | 'PUSH_MESSAGE';
