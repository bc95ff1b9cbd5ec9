// Writes docs/openapi.json from the built contracts.
import { writeFileSync } from 'node:fs';
import { buildOpenApi, registryRoutes } from '@kernelcast/contracts';

const document = buildOpenApi(registryRoutes, { title: 'Kernelcast registry', version: 'v1' });
writeFileSync(new URL('../../docs/openapi.json', import.meta.url), JSON.stringify(document, null, 2) + '\n');
