/** A refusal before the API itself, in the form that Vipps' gateway has for it: no problem+json. */
export interface GatewayRefusal {
  readonly statusCode: 401 | 403;
  readonly message: string;
}

/** Source: Vipps' API guides, HTTP responses: errors of the gateway. */
export const gatewayRefusals = {
  keyMissing: {
    statusCode: 401,
    message:
      'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
  },
  keyInvalid: {
    statusCode: 401,
    message:
      'Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.',
  },
  tokenInvalid: {
    statusCode: 401,
    message: 'Unauthorized. Access token is missing or invalid.',
  },
  msnInvalid: {
    statusCode: 401,
    message: 'Unauthorized. Merchant-Serial-Number is missing, or is not that of the access token.',
  },
  deactivated: {
    statusCode: 403,
    message: 'Merchant Not Allowed for Ecommerce Payment',
  },
} as const satisfies Record<string, GatewayRefusal>;
