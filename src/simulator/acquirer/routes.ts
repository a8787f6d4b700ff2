import express, { type Router } from 'express';
import { type AcquirerState } from './acquirer-state.ts';
import { answerCall } from './answer-call.ts';
import { authorisationCall, modificationCall, reversalCall } from './calls.ts';
import { answerInquiry } from './inquire.ts';

const bodyBytesMax = 64 * 1024;

/** The interface that a payment service provider speaks. */
export function acquirerRoutes(state: AcquirerState): Router {
  const router = express.Router();
  const json = express.json({ limit: bodyBytesMax, type: () => true });

  router.post('/authorisations', json, (request, response) =>
    answerCall(state, authorisationCall(state, request), response),
  );
  router.post('/captures', json, (request, response) =>
    answerCall(state, modificationCall(state, 'CAPTURE', request), response),
  );
  router.post('/voids', json, (request, response) =>
    answerCall(state, modificationCall(state, 'VOID', request), response),
  );
  router.post('/refunds', json, (request, response) =>
    answerCall(state, modificationCall(state, 'REFUND', request), response),
  );
  router.post('/reversals', json, (request, response) =>
    answerCall(state, reversalCall(state, request), response),
  );
  router.get('/transactions/:reference', (request, response) =>
    answerInquiry(state, request.params.reference, response),
  );
  return router;
}
