import { backOfficeOperations } from '../back-office/routes.ts';
import { healthOperations } from '../http/describe-health.ts';
import { makePaymentOperations } from '../make-payment/describe-make-payment.ts';
import {
  forceApproveOperation,
  merchantApiOperations,
} from '../merchant-api/describe-merchant-api.ts';
import { openApiRoutes } from '../openapi/routes.ts';
import { returnOperations } from '../return-page/describe-return-page.ts';
import { stepUpOperations } from '../step-up/describe-step-up.ts';

/** What is served to Vipps, to merchants and to customers. */
export function describePublicListener({ forceApproval = false }) {
  return openApiRoutes(
    {
      title: 'Vipps PSP adapter',
      description: 'What Vipps, merchants and customers are served.',
      operations: [
        ...merchantApiOperations,
        ...(forceApproval ? [forceApproveOperation] : []),
        ...makePaymentOperations,
        ...stepUpOperations,
        ...returnOperations,
      ],
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
