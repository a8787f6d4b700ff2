import { type Payment } from '../payment.ts';
import { type Html, html } from './html.ts';
import { kroner, type Page } from './layout.ts';

/** The customer's phone: the newest payments, also those that no landing page leads to. */
export function homePage(payments: readonly Payment[]): Page {
  return {
    title: 'Simulated Vipps',
    body: html`<h1>Payments on this phone</h1>
      ${payments.length === 0 ? html`<p class="text">None yet.</p>` : undefined}
      <table>
        ${payments.map(row)}
      </table>`,
  };
}

function row(payment: Payment): Html {
  const { landingToken, paymentText, merchantOrderId, amount, state, failure } = payment;
  return html`<tr>
    <td><a href="/app/${landingToken}">${paymentText ?? merchantOrderId}</a></td>
    <td>
      ${kroner(amount)}<br />${state.toLowerCase()}${failure === undefined ? '' : `, ${failure.toLowerCase()}`}
    </td>
  </tr>`;
}
