/** `npm run states`: prints the life of a payment as Mermaid, for ARCHITECTURE.md. */
import { stateDiagram } from './state-diagram.ts';

console.log(stateDiagram());
