import { listDevices, type ListDevicesResponse } from '@kernelcast/api-client';
import { Badge, Group, ScrollArea, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client, LIVE_MS } from '../shared/client.js';
import { ago } from '../shared/format.js';
import { Section } from '../shared/section.js';

type Device = ListDevicesResponse['data'][number];

const PHASE_COLOURS: Record<Device['slots'][number]['phase'], string> = {
  downloading: 'blue',
  verified: 'cyan',
  active: 'green',
  failed: 'red',
  reverted: 'orange',
};

const Slots = ({ device }: { device: Device }) => (
  <Group gap="xs">
    {device.slots.length === 0 && <Text size="sm">nothing installed</Text>}
    {device.slots.map((slot) => (
      <Badge key={slot.slot} color={PHASE_COLOURS[slot.phase]} variant="light" tt="none">
        {slot.slot} {slot.version === null ? '' : `v${slot.version}`} {slot.phase}
        {slot.code ? ` (${slot.code})` : ''}
      </Badge>
    ))}
  </Group>
);

/** Devices with what they report to run. */
export const DevicesSection = () => {
  const query = useQuery({
    queryKey: ['devices'],
    queryFn: async () => (await listDevices({ client, throwOnError: true, query: { limit: 100 } })).data,
    refetchInterval: 2 * LIVE_MS,
  });
  return (
    <Section
      title="Devices"
      query={query}
      empty="No device yet. Create a group and an enrolment token, then run kernelcast-device enrol."
    >
      {(devices) => (
        <ScrollArea>
          <Table miw={640} verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                {['Device', 'Group', 'State', 'Slots', 'Last seen'].map((title) => (
                  <Table.Th key={title}>{title}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {devices.map((device) => (
                <Table.Tr key={device.id}>
                  <Table.Td>
                    <Text size="sm">{device.attributes['name'] ?? device.id}</Text>
                    <Text size="xs" c="dimmed">
                      {device.runtime}
                    </Text>
                  </Table.Td>
                  <Table.Td>{device.groupName}</Table.Td>
                  <Table.Td>{device.state}</Table.Td>
                  <Table.Td>
                    <Slots device={device} />
                  </Table.Td>
                  <Table.Td>{ago(device.lastSeenAt)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </Section>
  );
};
