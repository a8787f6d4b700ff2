import { type Figures } from './figures.ts';

/** What a program came to: its cases by the outcome, and their figures. */
export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly figures: Figures;
}
