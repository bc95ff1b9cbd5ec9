import { registryRoutes } from '../registry/routes.js';
import { buildOpenApi } from './build-openapi.js';
import { webhooksSection } from './webhooks-section.js';

/** The registry's OpenAPI document, which is committed as `docs/openapi.json`. */
export const registryOpenApi = () =>
  buildOpenApi(registryRoutes, { title: 'Kernelcast registry', version: 'v1', webhooks: webhooksSection() });
