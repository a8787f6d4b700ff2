import { createHttpAcquirer } from '../../../src/acquirer/http-acquirer/http-acquirer.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { nok } from '../../../src/shared/money.ts';
import { startAcquirerSimulator } from '../../../src/simulator/acquirer/start-acquirer-simulator.ts';
import { itIsAnAcquirer } from './acquirer-contract.ts';

itIsAnAcquirer('the HTTP acquirer', async () => {
  const running = await startAcquirerSimulator();
  const { control } = running.simulator;
  const acquirer = createHttpAcquirer({
    baseUrl: running.url,
    clock: systemClock,
    connectRetries: { firstDelayMs: 1, delayMsMax: 2 },
  });
  return {
    acquirer,
    amounts: { approved: nok(4_900n), insufficientFunds: nok(151n) },
    arrange: {
      loseTheAnswerTo(operation) {
        control.misbehave({ operation, cutAfter: true });
      },
      answerNonsenseTo(operation) {
        control.misbehave({ operation, alterAnswer: { responseCode: 'X9' } });
      },
      approvePartly() {
        control.misbehave({ operation: 'authorise', responseCode: '10' });
      },
      goAway: () => running.close(),
    },
    books: () => Promise.resolve(running.simulator.ledger()),
    async [Symbol.asyncDispose]() {
      await acquirer.close();
      await running.close();
    },
  };
});
