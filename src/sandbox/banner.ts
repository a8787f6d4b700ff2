import { type SandboxFile } from './sandbox-file.ts';

/** Tells the person at the terminal where everything is, and one thing to try. */
export function printBanner(file: SandboxFile, sandboxFile: string): void {
  process.stdout.write(`${bannerOf(file, sandboxFile)}\n`);
}

export function bannerOf(file: SandboxFile, sandboxFile: string): string {
  const simulator = (url: string | null): string => url ?? 'not started: another one is configured';
  return `
The Vipps PSP adapter runs in sandbox mode. Nothing here moves money.

  Start a payment in a browser   ${file.sandboxUrl}
  Merchants and Vipps call       ${file.publicUrl}
  The back office calls          ${file.internalUrl}
  Simulated Vipps                ${simulator(file.vippsSimulatorUrl)}
  Simulated acquirer             ${simulator(file.acquirerSimulatorUrl)}
  Simulated 3-D Secure server    ${simulator(file.threeDsSimulatorUrl)}

  The sandbox merchant
    merchant serial number       ${file.merchantSerialNumber}
    client id                    ${file.clientId}
    client secret                ${file.clientSecret}
    subscription key             ${file.subscriptionKey}
  All of this is in ${sandboxFile} too.

  Try: npm run demo

  or ask for an access token:
    curl -X POST ${file.publicUrl}/accesstoken/get -H 'client_id: ${file.clientId}' \\
      -H 'client_secret: ${file.clientSecret}' -H 'Ocp-Apim-Subscription-Key: ${file.subscriptionKey}'

  Ctrl-C stops everything.`;
}
