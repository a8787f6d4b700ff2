import { customerStories, recoveryStories } from './customers.ts';
import { officeStories } from './office.ts';
import { reconciliationStories } from './reconciliation.ts';
import { stepUpStories } from './step-up.ts';
import { type Story } from './story.ts';

export const stories: readonly Story[] = [
  ...customerStories,
  ...stepUpStories,
  ...officeStories,
  ...reconciliationStories,
  ...recoveryStories,
];
