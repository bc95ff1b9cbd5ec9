import { getPrincipal, getServerVersion } from '@kernelcast/api-client';
import type { Command } from 'commander';
import { speakTheSame } from '../failures/versions.js';
import { registryCommand } from '../framework/registry-command.js';
import { VERSION } from '../framework/version.js';

/** `kernelcast whoami`: which registry, and as whom. */
export const whoamiCommand = (): Command =>
  registryCommand({
    name: 'whoami',
    description: 'tell which registry commands go to, and as whom',
    examples: ['whoami', 'whoami --profile local'],
    run: async ({ call, out, connection, registry }) => {
      const { data } = await getPrincipal(call);
      const version = await getServerVersion(registry);
      const { server, project, source } = connection;
      out.one({ ...data, server, version, project: project ?? null, source }, data.id, () => [
        ['name', data.name],
        ['role', `${data.role}${data.installationAdmin ? ', admin of the installation' : ''}`],
        ['kind', data.kind === 'user' ? 'user' : 'API key'],
        ['scopes', data.scopes?.join(', ')],
        ['projects', data.memberships.map((member) => `${member.projectName} (${member.role})`).join(', ') || null],
        ['id', data.id],
        ['server', server],
        ['release', speakTheSame(VERSION, version) ? version : `${version}; this program is of ${VERSION}`],
        ['project', project ?? data.projectId],
        ['by', source],
      ]);
    },
  });
