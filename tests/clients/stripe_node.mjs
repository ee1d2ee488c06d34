// SPDX-License-Identifier: Apache-2.0
// stripe_node.mjs: Stripe's own client for Node against the mock: a subscription that renews, a decline, usage, a signature.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.NODE_FOLDER}/`);
const Stripe = require('stripe');
const stripe = new Stripe(process.env.STRIPE_KEY, {
  host: '127.0.0.1', port: Number(process.env.STRIPE_PORT), protocol: 'http', maxNetworkRetries: 0,
});
const start = Date.UTC(2026, 0, 15) / 1000;
const february = Date.UTC(2026, 1, 15) / 1000;

const clock = await stripe.testHelpers.testClocks.create({ frozen_time: start });
const customer = await stripe.customers.create({
  name: 'Node', test_clock: clock.id, payment_method: 'pm_card_visa',
  invoice_settings: { default_payment_method: 'pm_card_visa' },
});
const price = await stripe.prices.create({
  currency: 'usd', unit_amount: 2000, recurring: { interval: 'month' }, product_data: { name: 'Node plan' },
});
const subscription = await stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id }] });
await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: february + 7200 });
const renewed = [];
for await (const invoice of stripe.invoices.list({ customer: customer.id, limit: 1 })) renewed.push(invoice.amount_paid);

const failure = async (call) => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
};
const declined = await failure(() => stripe.paymentIntents.create({
  amount: 100, currency: 'usd', confirm: true, payment_method: 'pm_card_chargeDeclined',
}));
const missing = await failure(() => stripe.customers.retrieve('cus_mockabsent'));

const meter = await stripe.billing.meters.create({
  display_name: 'Node', event_name: `node_${Date.now()}_${process.pid}`, default_aggregation: { formula: 'sum' },
});
await stripe.billing.meterEvents.create({
  event_name: meter.event_name, payload: { stripe_customer_id: customer.id, value: '5' },
});
const sums = await stripe.billing.meters.listEventSummaries(meter.id, {
  customer: customer.id, start_time: february, end_time: february + 86400,
});

const { BODY, SIGNATURE, SECRET } = process.env;
const event = stripe.webhooks.constructEvent(BODY, SIGNATURE, SECRET);
const forged = await failure(() => stripe.webhooks.constructEvent(`${BODY} `, SIGNATURE, SECRET));
const canceled = await stripe.subscriptions.cancel(subscription.id);

console.log(JSON.stringify({
  subscription: subscription.status, renewed, declined: declined.code, usage: sums.data[0].aggregated_value,
  event: event.type, forged: forged.type, missing: missing.statusCode, canceled: canceled.status,
}));
