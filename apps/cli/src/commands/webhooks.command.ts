import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhookDeliveries,
  listWebhooks,
  redeliverWebhookDelivery,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
  type ListWebhookDeliveriesResponse,
  type ListWebhooksResponse,
  type UpdateWebhookData,
} from '@kernelcast/api-client';
import { webhookEventTypeSchema } from '@kernelcast/contracts';
import type { Command } from 'commander';
import { creating } from '../framework/creating.js';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { collectList, parseSpan } from '../framework/parsers.js';
import { commandGroup, option, registryCommand, type CommandContext } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type Webhook = ListWebhooksResponse['data'][number];
type Delivery = ListWebhookDeliveriesResponse['data'][number];
type Changes = UpdateWebhookData['body'];

const WEBHOOK = ['<webhook>', 'id, whk_…'] as const;

const stateOf = ({ enabled, disabledReason, failingSince }: Webhook): string => {
  if (!enabled) return `disabled (${disabledReason ?? 'requested'})`;
  return failingSince === null ? 'enabled' : 'failing';
};

const columns = (now: number): Column<Webhook>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'URL', value: ({ url }) => url },
  {
    title: 'STATE',
    value: stateOf,
    style: (webhook) => (stateOf(webhook) === 'enabled' ? undefined : 'red'),
  },
  { title: 'EVENTS', value: ({ eventTypes }) => eventTypes.join(',') },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
];

const list = () =>
  registryCommand<PageFlags>({
    name: 'list',
    description: 'list webhooks',
    options: pageOptions(),
    examples: ['webhooks list'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) => listWebhooks({ ...call, query }));
      out.list<Webhook>(page, columns(Date.now()), ({ id }) => id);
    },
  });

const create = () =>
  registryCommand<{ event: string[]; description?: string; signing?: 'v1' | 'v1a' }>({
    name: 'create',
    description: 'tell an address of events; its secret is shown once',
    operands: [['<url>', 'https address that takes POST requests']],
    options: [
      option('-e, --event <type>', 'what to tell of; give several, with commas or again')
        .argParser(collectList)
        .makeOptionMandatory(),
      option('--description <text>', 'what people recognise it by'),
      option('--signing <kind>', 'v1: shared secret, v1a: public key').choices(['v1', 'v1a']),
    ],
    examples: ['webhooks create https://ci.example.com/hook -e training_job.succeeded,training_job.failed'],
    notes: `Events: ${webhookEventTypeSchema.options.join(', ')}`,
    run: async ({ call, out, flags }, url = '') => {
      const { event, description, signing } = flags;
      const body = {
        url,
        eventTypes: event.map((type) => webhookEventTypeSchema.parse(type)),
        ...(description !== undefined && { description }),
        ...(signing !== undefined && { signing }),
      };
      const { data } = await createWebhook({ ...call, ...creating(), body });
      out.answer(data, data.id, () => {
        out.note(`${data.id}. What verifies its signatures, not shown again:`);
        return data.secret ?? data.publicKey ?? '';
      });
    },
  });

const change = async ({ call, out }: CommandContext<object>, id: string, body: Changes): Promise<void> => {
  const { response } = await getWebhook({ ...call, path: { id } });
  const headers = { 'If-Match': response.headers.get('etag') ?? '' };
  const { data } = await updateWebhook({ ...call, path: { id }, headers, body });
  out.done(data, data.id, `${data.id} is ${stateOf(data)}.`);
};

const enable = (enabled: boolean) =>
  registryCommand({
    name: enabled ? 'enable' : 'disable',
    description: enabled ? 'tell a webhook of events again' : 'tell a webhook of nothing for now',
    operands: [WEBHOOK],
    examples: [`webhooks ${enabled ? 'enable' : 'disable'} whk_01J…`],
    run: (context, id = '') => change(context, id, { enabled }),
  });

const remove = () =>
  registryCommand({
    name: 'delete',
    description: 'delete a webhook with its deliveries',
    operands: [WEBHOOK],
    examples: ['webhooks delete whk_01J…'],
    run: async ({ call, out }, id = '') => {
      await deleteWebhook({ ...call, path: { id } });
      out.done({ id }, id, `Deleted ${id}.`);
    },
  });

const rotate = () =>
  registryCommand<{ overlap?: number }>({
    name: 'rotate-secret',
    description: 'give a webhook a new secret; it is shown once',
    operands: [WEBHOOK],
    options: [option('--overlap <span>', 'how long the old one signs as well (default: 1d)').argParser(parseSpan)],
    examples: ['webhooks rotate-secret whk_01J… --overlap 2h'],
    run: async ({ call, out, flags }, id = '') => {
      const body = flags.overlap === undefined ? {} : { overlapSeconds: flags.overlap };
      const { data } = await rotateWebhookSecret({ ...call, ...creating(), path: { id }, body });
      out.answer(data, data.id, () => data.secret ?? data.publicKey ?? '');
    },
  });

const test = () =>
  registryCommand({
    name: 'test',
    description: 'send a test event',
    operands: [WEBHOOK],
    examples: ['webhooks test whk_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await testWebhook({ ...call, ...creating(), path: { id } });
      out.done(data, data.id, `${data.eventId} is on its way.`);
    },
  });

const deliveryColumns = (now: number): Column<Delivery>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'EVENT', value: ({ eventType }) => eventType },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => (state === 'failed' ? 'red' : undefined) },
  { title: 'ATTEMPTS', value: ({ attempts }) => String(attempts), right: true },
  { title: 'NEXT', value: ({ nextAttemptAt }) => formatWhen(nextAttemptAt, now) },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
];

const deliveries = () =>
  registryCommand<PageFlags & { state?: Delivery['state'] }>({
    name: 'deliveries',
    description: 'list what a webhook was told, newest first',
    operands: [WEBHOOK],
    options: [option('--state <state>', 'only these').choices(['pending', 'delivered', 'failed']), ...pageOptions()],
    examples: ['webhooks deliveries whk_01J… --state failed'],
    run: async ({ call, out, flags }, id = '') => {
      const { state } = flags;
      const page = await readPages(flags, (query) =>
        listWebhookDeliveries({ ...call, path: { id }, query: { ...query, ...(state !== undefined && { state }) } }),
      );
      out.list<Delivery>(page, deliveryColumns(Date.now()), (delivery) => delivery.id);
    },
  });

const redeliver = () =>
  registryCommand({
    name: 'redeliver',
    description: 'send an event again, under the id it had',
    operands: [WEBHOOK, ['<delivery>', 'id, whd_…']],
    examples: ['webhooks redeliver whk_01J… whd_01J…'],
    run: async ({ call, out }, id = '', delivery = '') => {
      const { data } = await redeliverWebhookDelivery({ ...call, ...creating(), path: { id, delivery } });
      out.done(data, data.id, `${data.eventId} is on its way again.`);
    },
  });

/** `kernelcast webhooks`: who is told of events. */
export const webhooksCommand = (): Command =>
  commandGroup('webhooks', 'addresses that are told of events', [
    list(),
    create(),
    enable(true),
    enable(false),
    remove(),
    rotate(),
    test(),
    deliveries(),
    redeliver(),
  ]);
