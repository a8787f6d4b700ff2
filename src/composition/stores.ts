import { type Database, type Transactions } from '../database/database.ts';
import {
  idempotencyRepository,
  type IdempotencyRepository,
} from '../idempotency/idempotency-repository.ts';
import {
  initiationRepository,
  type InitiationRepository,
} from '../initiate-payment/initiation-repository.ts';
import {
  createInstanceRepository,
  type InstanceRepository,
} from '../instances/instance-repository.ts';
import { createLegRepository, type LegRepository } from '../make-payment/leg-repository.ts';
import {
  createStepUpLegRepository,
  type StepUpLegRepository,
} from '../make-payment/step-up-leg-repository.ts';
import { modificationStore, type ModificationStore } from '../modifications/modification-store.ts';
import { createExpiryRepository, type ExpiryRepository } from '../payments/expiry-repository.ts';
import {
  createReversalRepository,
  type ReversalRepository,
} from '../reversals/reversal-repository.ts';
import { type BatchRepository, createBatchRepository } from '../status-updates/batch-repository.ts';
import { createLaneRepository, type LaneRepository } from '../status-updates/lane-repository.ts';

/** Where the deeds keep their books. All of it is one database: what one port writes, another one reads. */
export interface Stores {
  readonly transactions: Transactions;
  readonly instances: InstanceRepository;
  readonly legs: LegRepository;
  readonly stepUpLegs: StepUpLegRepository;
  readonly reversals: ReversalRepository;
  readonly expiry: ExpiryRepository;
  readonly lanes: LaneRepository;
  readonly batches: BatchRepository;
  readonly idempotency: IdempotencyRepository;
  readonly initiations: InitiationRepository;
  readonly modifications: ModificationStore;
}

export function postgresStores(database: Database): Stores {
  const { hot } = database;
  return {
    transactions: database,
    instances: createInstanceRepository(hot),
    legs: createLegRepository(hot),
    stepUpLegs: createStepUpLegRepository(hot),
    reversals: createReversalRepository(hot),
    expiry: createExpiryRepository(hot),
    lanes: createLaneRepository(hot),
    batches: createBatchRepository(hot),
    idempotency: idempotencyRepository,
    initiations: initiationRepository,
    modifications: modificationStore,
  };
}
