import { Alert, Button, Card, Center, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { takeKeyFromAddress, useLogin } from './use-session.js';

/** Exchanges an API key for a session; the key itself is not kept. */
export const LoginPage = () => {
  const [apiKey, setApiKey] = useState('');
  const login = useLogin();
  const { mutate } = login;
  useEffect(() => {
    const given = takeKeyFromAddress();
    if (given) mutate(given);
  }, [mutate]);
  return (
    <Center mih="100vh" p="md" component="main">
      <Card withBorder w="100%" maw={420} p="xl">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            login.mutate(apiKey.trim());
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              Kernelcast
            </Title>
            <Text c="dimmed" size="sm">
              Log in with an API key. “kernelcast up” prints one, and a link that does this for you.
            </Text>
            <PasswordInput
              label="API key"
              placeholder="kc_…"
              required
              autoFocus
              value={apiKey}
              onChange={(event) => setApiKey(event.currentTarget.value)}
            />
            {login.error && (
              <Alert color="red" role="alert">
                {login.error.message}
              </Alert>
            )}
            <Button type="submit" loading={login.isPending}>
              Log in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
};
