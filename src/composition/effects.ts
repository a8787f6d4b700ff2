import { type Acquirer } from '../acquirer/acquirer.ts';
import { type PspApi } from '../psp-api/psp-api.ts';
import { type Kind } from '../shared/crash-points.ts';
import { type ThreeDsServer } from '../step-up/three-ds-server.ts';

/** A method that is added to the port and not here does not compile: each effect has its crash points. */
export const acquirerMethods = {
  authorise: 'EFFECT',
  capture: 'EFFECT',
  void: 'EFFECT',
  refund: 'EFFECT',
  reverse: 'EFFECT',
  inquire: 'QUESTION',
} as const satisfies Record<keyof Acquirer, Kind>;

export const threeDsMethods = {
  begin: 'EFFECT',
  result: 'QUESTION',
} as const satisfies Record<keyof ThreeDsServer, Kind>;

export const pspApiMethods = {
  init: 'EFFECT',
  updateStatus: 'EFFECT',
  details: 'QUESTION',
  // What it brings about is Vipps' doing, as if the customer had acted.
  forceApprove: 'QUESTION',
  circuits: 'QUESTION',
  close: 'QUESTION',
} as const satisfies Record<keyof PspApi, Kind>;
