import {
  ApiError,
  createSession,
  deleteSession,
  getPrincipal,
  type GetPrincipalResponse,
} from '@kernelcast/api-client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client } from '../shared/client.js';

const SESSION = ['session'];

const fetchPrincipal = async (): Promise<GetPrincipalResponse | null> => {
  try {
    return (await getPrincipal({ client, throwOnError: true })).data;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
};

/** Who is logged in: `undefined` while unknown, `null` when nobody is. */
export const useSession = () => useQuery({ queryKey: SESSION, queryFn: fetchPrincipal, staleTime: 60_000 });

export const useLogin = () => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (apiKey: string) => (await createSession({ client, throwOnError: true, body: { apiKey } })).data,
    onSuccess: (principal) => queries.setQueryData(SESSION, principal),
  });
};

export const useLogout = () => {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => deleteSession({ client, throwOnError: true }),
    onSuccess: () => {
      queries.clear();
      queries.setQueryData(SESSION, null);
    },
  });
};

/** Takes the key out of `#key=…`, the link `kernelcast up` prints, and out of the address bar and history. */
export const takeKeyFromAddress = (): string | undefined => {
  const key = new URLSearchParams(window.location.hash.slice(1)).get('key') ?? undefined;
  if (key) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return key;
};
