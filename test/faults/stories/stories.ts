import { customerStories, recoveryStories } from './customers.ts';
import { officeStories } from './office.ts';
import { reconciliationStories } from './reconciliation.ts';
import { type Story } from './story.ts';

export const stories: readonly Story[] = [
  ...customerStories,
  ...officeStories,
  ...reconciliationStories,
  ...recoveryStories,
];
