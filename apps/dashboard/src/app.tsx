import {
  ActionIcon,
  AppShell,
  Button,
  Center,
  Container,
  Group,
  Loader,
  Stack,
  Text,
  Title,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { DevicesSection } from './devices/devices-section.js';
import { JobsSection } from './jobs/jobs-section.js';
import { LoginPage } from './session/login-page.js';
import { useLogout, useSession } from './session/use-session.js';
import { TasksSection } from './tasks/tasks-section.js';

const SchemeToggle = () => {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={`Use the ${other} colours`}
      onClick={() => setColorScheme(other)}
    >
      {scheme === 'dark' ? '☀' : '☾'}
    </ActionIcon>
  );
};

const Header = ({ name, role }: { name: string; role: string }) => {
  const logout = useLogout();
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap">
      <Group gap="xs" wrap="nowrap">
        <img src="/icon.svg" alt="" width={26} height={26} />
        <Title order={1} size="h4">
          Kernelcast
        </Title>
      </Group>
      <Group gap="sm" wrap="nowrap">
        <Text size="sm" c="dimmed" visibleFrom="xs">
          {name} · {role}
        </Text>
        <SchemeToggle />
        <Button variant="default" onClick={() => logout.mutate()} loading={logout.isPending}>
          Log out
        </Button>
      </Group>
    </Group>
  );
};

/** The first page: what trains, what there is, what runs where. */
export const App = () => {
  const session = useSession();
  if (session.isPending)
    return (
      <Center mih="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (!session.data) return <LoginPage />;
  return (
    <AppShell header={{ height: 56 }} padding="md">
      <AppShell.Header>
        <Header {...session.data} />
      </AppShell.Header>
      <AppShell.Main>
        <Container size="xl" px={0}>
          <Stack>
            <JobsSection />
            <TasksSection />
            <DevicesSection />
          </Stack>
        </Container>
      </AppShell.Main>
    </AppShell>
  );
};
