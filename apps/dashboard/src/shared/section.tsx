import { Alert, Card, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';

interface SectionProps<T> {
  title: string;
  query: UseQueryResult<{ data: T[] }>;
  /** What to do when there is nothing yet. */
  empty: ReactNode;
  children: (items: T[]) => ReactNode;
}

const Body = <T,>({ query, empty, children }: Omit<SectionProps<T>, 'title'>) => {
  if (query.isPending) return <Skeleton height={96} aria-label="Loading" />;
  if (!query.data)
    return (
      <Alert color="red" title="This cannot be shown now">
        {query.error?.message ?? 'The registry did not answer.'} It is asked again every second.
      </Alert>
    );
  if (query.data.data.length === 0) return <Text c="dimmed">{empty}</Text>;
  return children(query.data.data);
};

/** A titled list with its loading, empty and error states. */
export const Section = <T,>({ title, query, ...rest }: SectionProps<T>) => (
  <Card withBorder component="section" aria-label={title}>
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {title}
        </Title>
        {query.data && (
          <Text size="sm" c="dimmed">
            {query.data.data.length}
          </Text>
        )}
      </Group>
      <Body query={query} {...rest} />
    </Stack>
  </Card>
);
