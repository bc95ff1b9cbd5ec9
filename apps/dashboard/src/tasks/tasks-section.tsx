import {
  listModulators,
  listModulatorVersions,
  listTasks,
  type ListModulatorVersionsResponse,
  type ListTasksResponse,
} from '@kernelcast/api-client';
import { Badge, Group, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { client, LIVE_MS } from '../shared/client.js';
import { bytes, percent } from '../shared/format.js';
import { Section } from '../shared/section.js';

type Task = ListTasksResponse['data'][number];
type Version = ListModulatorVersionsResponse['data'][number];
interface TaskWithVersions extends Task {
  versions: Version[];
}

const versionsOf = async (task: Task): Promise<TaskWithVersions> => {
  const modulators = (await listModulators({ client, throwOnError: true, query: { task: task.name } })).data.data;
  const pages = await Promise.all(
    modulators.map(({ id }) =>
      listModulatorVersions({ client, throwOnError: true, path: { id }, query: { limit: 5 } }),
    ),
  );
  return { ...task, versions: pages.flatMap((page) => page.data.data) };
};

const fetchTasks = async () => {
  const { data } = (await listTasks({ client, throwOnError: true, query: { limit: 50 } })).data;
  return { data: await Promise.all(data.map(versionsOf)) };
};

const STATE_COLOURS: Record<Version['state'], string> = {
  registered: 'gray',
  approved: 'green',
  deprecated: 'gray',
  quarantined: 'yellow',
  rejected: 'red',
  revoked: 'red',
};

const VersionLine = ({ version }: { version: Version }) => (
  <Group gap="xs">
    <Badge color={STATE_COLOURS[version.state]} variant="light">
      v{version.version} {version.state}
    </Badge>
    <Text size="sm">
      {version.method} · accuracy {percent(version.metrics.top1)} · {percent(version.paramsRatio, 2)} of the base ·{' '}
      {bytes(version.size)}
    </Text>
  </Group>
);

/** Tasks with their newest modulator versions. */
export const TasksSection = () => {
  const query = useQuery({ queryKey: ['tasks'], queryFn: fetchTasks, refetchInterval: 3 * LIVE_MS });
  return (
    <Section title="Tasks" query={query} empty="No task yet. Create one with POST /v1/tasks.">
      {(tasks) => (
        <ScrollArea>
          <Table miw={640} verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Task</Table.Th>
                <Table.Th>Classes</Table.Th>
                <Table.Th>Modulator versions</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {tasks.map((task) => (
                <Table.Tr key={task.id}>
                  <Table.Td>
                    <Text fw={600}>{task.title}</Text>
                    <Text size="xs" c="dimmed">
                      {task.name}
                    </Text>
                  </Table.Td>
                  <Table.Td>{task.labels.length}</Table.Td>
                  <Table.Td>
                    <Stack gap={4}>
                      {task.versions.length === 0 && <Text size="sm">none yet</Text>}
                      {task.versions.map((version) => (
                        <VersionLine key={version.id} version={version} />
                      ))}
                    </Stack>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea>
      )}
    </Section>
  );
};
