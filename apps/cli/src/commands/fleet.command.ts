import {
  createDeviceGroup,
  createEnrolmentToken,
  getDevice,
  listDeviceGroups,
  listDevices,
  revokeDevice,
  type GetDeviceResponse,
  type ListDeviceGroupsResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { creating } from '../framework/creating.js';
import {
  listOptions,
  listQueryOf,
  readPages,
  type ListFlags,
  type NamedSort,
  type TimeSort,
} from '../framework/paging.js';
import { parseSpan, parseWhole } from '../framework/parsers.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import { formatFields, formatTable, type Column } from '../output/table.js';
import { findGroupId } from '../references/find.js';
import { collectConditions, type Condition } from '../rollouts/parse-condition.js';

type Device = GetDeviceResponse;
type Slot = Device['slots'][number];
type Group = ListDeviceGroupsResponse['data'][number];

const DEVICE = [['<device>', 'id, dev_…']] as const;

const runs = ({ slots }: Device): string =>
  slots.map(({ taskName, version, slot, phase }) => `${taskName ?? slot}/${version ?? '?'} ${phase}`).join(', ');

const deviceColumns = (now: number): Column<Device>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'GROUP', value: ({ groupName }) => groupName },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => (state === 'revoked' ? 'red' : undefined) },
  { title: 'SEEN', value: ({ lastSeenAt }) => formatWhen(lastSeenAt, now) },
  { title: 'RUNTIME', value: ({ runtime }) => runtime },
  { title: 'RUNS', value: runs },
];

const slotColumns = (now: number): Column<Slot>[] => [
  { title: 'SLOT', value: ({ slot }) => slot },
  { title: 'TASK', value: ({ taskName }) => taskName ?? '-' },
  { title: 'VERSION', value: ({ version }) => String(version ?? '-'), right: true },
  { title: 'PHASE', value: ({ phase }) => phase, style: ({ phase }) => (phase === 'failed' ? 'red' : undefined) },
  { title: 'CODE', value: ({ code }) => code ?? '-' },
  { title: 'AT', value: ({ at }) => formatWhen(at, now) },
];

const listOfDevices = () =>
  registryCommand<ListFlags<TimeSort> & { group?: string; state?: Device['state'] }>({
    name: 'list',
    description: 'list devices',
    options: [
      option('-g, --group <group>', 'only those of this group, name or id'),
      option('--state <state>', 'only those in this state').choices(['active', 'revoked']),
      ...listOptions(['createdAt']),
    ],
    examples: ['devices list', 'devices list --group kiosks --all --quiet'],
    run: async ({ call, out, flags }) => {
      const { group, state } = flags;
      const filters = { ...(group && { group }), ...(state && { state }), ...listQueryOf(flags) };
      const page = await readPages(flags, (query) => listDevices({ ...call, query: { ...query, ...filters } }));
      out.list<Device>(page, deviceColumns(Date.now()), ({ id }) => id);
    },
  });

const showDevice = () =>
  registryCommand({
    name: 'show',
    description: 'show a device and what it runs',
    operands: DEVICE,
    examples: ['devices show dev_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getDevice({ ...call, path: { id } });
      const now = Date.now();
      const attributes = Object.entries(data.attributes).map(([name, value]) => `${name}=${value}`);
      const facts = [
        ['id', data.id],
        ['group', `${data.groupName} (${data.groupId})`],
        ['state', data.state],
        ['seen', formatWhen(data.lastSeenAt, now)],
        ['runtime', data.runtime],
        ['attributes', attributes.join(' ') || null],
        ['bases', data.baseDigests.join(' ') || null],
        ['enrolled', formatWhen(data.createdAt, now)],
      ] as const;
      out.answer(data, data.id, () => {
        const text = formatFields(facts, out.paint);
        if (data.slots.length === 0) return text;
        return `${text}\n\n${formatTable(data.slots, slotColumns(now), { width: out.width, paint: out.paint })}`;
      });
    },
  });

const revoke = () =>
  registryCommand({
    name: 'revoke',
    description: 'revoke a device: its credential stops working',
    operands: DEVICE,
    examples: ['devices revoke dev_01J…'],
    run: async ({ call, out }, id = '') => {
      const { data } = await revokeDevice({ ...call, path: { id } });
      out.done(data, data.id, `${data.id} is ${data.state}.`);
    },
  });

/** `kernelcast devices`: what runs out there. */
export const devicesCommand = (): Command =>
  commandGroup('devices', 'enrolled devices', [listOfDevices(), showDevice(), revoke()]);

const groupColumns = (now: number): Column<Group>[] => [
  { title: 'NAME', value: ({ name }) => name, keep: true },
  { title: 'DEVICES', value: ({ devices }) => String(devices), right: true },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

const listOfGroups = () =>
  registryCommand<ListFlags<NamedSort>>({
    name: 'list',
    description: 'list device groups',
    options: listOptions(['createdAt', 'name'], { search: true }),
    examples: ['groups list'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) =>
        listDeviceGroups({ ...call, query: { ...query, ...listQueryOf(flags) } }),
      );
      out.list<Group>(page, groupColumns(Date.now()), ({ name }) => name);
    },
  });

const createGroup = () =>
  registryCommand<{ where?: Condition[] }>({
    name: 'create',
    description: 'create a device group that devices join by tokens, or by their attributes',
    operands: [['<name>', 'lower-case letters, digits and inner hyphens']],
    options: [
      option(
        '-w, --where <condition>',
        'devices whose attributes fit join by themselves: site=a, site=a|b, arm (has it), !arm; again for more, all must fit',
      ).argParser(collectConditions),
    ],
    examples: ['groups create kiosks', "groups create line-7 --where line=7 --where 'model=a|b' --where '!broken'"],
    run: async ({ call, out, flags }, name = '') => {
      const body = { name, ...(flags.where && { selector: flags.where }) };
      const { data } = await createDeviceGroup({ ...call, ...creating(), body });
      out.done(data, data.id, `Created group ${data.name} (${data.id}).`);
    },
  });

/** `kernelcast groups`: devices that are released to together. */
export const groupsCommand = (): Command =>
  commandGroup('groups', 'groups of devices', [listOfGroups(), createGroup()]);

const createToken = () =>
  registryCommand<{ uses?: number; expires?: number }>({
    name: 'create',
    description: 'create a token with which devices join a group; it is shown once',
    operands: [['<group>', 'name or id']],
    options: [
      option('-u, --uses <count>', 'devices that may use it (default: 1)').argParser(parseWhole),
      option('-e, --expires <span>', 'how long it is good, like 2h or 7d (default: 1d)').argParser(parseSpan),
    ],
    examples: ['enrolment-tokens create kiosks', 'enrolment-tokens create kiosks --uses 500 --expires 7d --json'],
    run: async ({ call, out, flags }, group = '') => {
      const { uses, expires } = flags;
      const body = {
        groupId: await findGroupId(call, group),
        ...(uses !== undefined && { uses }),
        ...(expires !== undefined && { expiresInSeconds: expires }),
      };
      const { data } = await createEnrolmentToken({ ...call, ...creating(), body });
      out.answer(data, data.token, () => {
        out.note(
          `Good for ${data.uses} ${data.uses === 1 ? 'device' : 'devices'}, ends ${formatWhen(data.expiresAt, Date.now())}. It is not shown again.`,
        );
        return data.token;
      });
    },
  });

/** `kernelcast enrolment-tokens`: how devices join. */
export const enrolmentTokensCommand = (): Command =>
  commandGroup('enrolment-tokens', 'tokens with which devices enrol', [createToken()]);
