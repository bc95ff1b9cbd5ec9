import { z } from 'zod';
import { webhookEventCatalogue, webhookEventTypes, webhookPayloadOf } from '../registry/webhook-events.js';

const header = (name: string, description: string) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});

const HEADERS = [
  header('webhook-id', 'Id of the event, the same in every attempt: what was handled under it need not be again'),
  header('webhook-timestamp', 'Seconds since 1970, of the attempt'),
  header('webhook-signature', 'Signatures of `<id>.<timestamp>.<body>`, separated by spaces: `v1,…` or `v1a,…`'),
];

const payloadSchema = (type: keyof typeof webhookEventCatalogue) => {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(webhookPayloadOf(type), { target: 'draft-2020-12' });
  return schema;
};

/** The `webhooks` of OpenAPI 3.1: the requests that we send, by Standard Webhooks (https://www.standardwebhooks.com). */
export const webhooksSection = () =>
  Object.fromEntries(
    webhookEventTypes.map((type) => [
      type,
      {
        post: {
          operationId: `on:${type}`,
          summary: webhookEventCatalogue[type].summary,
          tags: ['Webhooks'],
          security: [],
          parameters: HEADERS,
          requestBody: { required: true, content: { 'application/json': { schema: payloadSchema(type) } } },
          responses: {
            '2XX': { description: 'Received; anything else is tried again' },
            '410': { description: 'Not wanted any more: the webhook is disabled' },
          },
        },
      },
    ]),
  );
