/** The simulated Vipps with the merchants of the drain, in a process of its own. */
import { startVippsSimulator } from '../../src/simulator/vipps/start-vipps-simulator.ts';
import { settingsFromParent, stopWithParent } from './parent.ts';
import { type VippsFigures, type VippsProgramSettings } from './programs.ts';

const { msns } = settingsFromParent() as VippsProgramSettings;
const vipps = await startVippsSimulator({ merchants: msns.map((msn) => ({ msn })) });

process.on('message', () => {
  process.send?.(figures());
});
stopWithParent(() => vipps.close());
process.send?.({ url: vipps.url });

function figures(): VippsFigures {
  const { received } = vipps.control.statusUpdateCounts();
  const taken = vipps.control.statusUpdates(0, received).filter(({ repeated }) => !repeated);
  const lines = taken.flatMap(({ transactions }) => transactions);
  const different = new Set(lines.map((line) => `${line.pspTransactionId} ${line.status}`));
  return { requests: received, lines: lines.length, differentLines: different.size };
}
