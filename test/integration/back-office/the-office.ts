import { type Express } from 'express';
import request, { type Response } from 'supertest';
import { testSettings } from '../../support/test-settings.ts';

const token = testSettings.backOfficeToken.expose();

/** Calls of the back office with its token. */
export function theOffice({ internalApp }: { readonly internalApp: Express }) {
  const as = (method: 'get' | 'post' | 'patch', path: string) =>
    request(internalApp)[method](`/back-office/v1${path}`).set('Authorization', `Bearer ${token}`);
  return {
    get: (path: string): Promise<Response> => Promise.resolve(as('get', path)),
    post: (path: string, body: string | object = {}): Promise<Response> =>
      Promise.resolve(as('post', path).set('Content-Type', 'application/json').send(body)),
    patch: (path: string, body: string | object): Promise<Response> =>
      Promise.resolve(as('patch', path).set('Content-Type', 'application/json').send(body)),
  };
}
