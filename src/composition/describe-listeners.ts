import { backOfficeOperations } from '../back-office/routes.ts';
import { healthOperations } from '../http/describe-health.ts';
import { makePaymentOperations } from '../make-payment/describe-make-payment.ts';
import { merchantApiOperations } from '../merchant-api/describe-merchant-api.ts';
import { openApiRoutes } from '../openapi/routes.ts';
import { returnOperations } from '../return-page/describe-return-page.ts';

/** What is served to Vipps, to merchants and to customers. */
export function describePublicListener() {
  return openApiRoutes(
    {
      title: 'Vipps PSP adapter',
      description: 'What Vipps, merchants and customers are served.',
      operations: [...merchantApiOperations, ...makePaymentOperations, ...returnOperations],
    },
    false,
  );
}

/** What is served to the office and to whoever runs the service. */
export function describeInternalListener() {
  return openApiRoutes(
    {
      title: 'Vipps PSP adapter: back office',
      description: 'What the back office and those who run the service are served.',
      operations: [...backOfficeOperations, ...healthOperations],
    },
    true,
  );
}
