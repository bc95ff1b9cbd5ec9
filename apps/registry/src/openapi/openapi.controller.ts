import { buildOpenApi, registryRoutes } from '@kernelcast/contracts';
import { Controller, Get } from '@nestjs/common';

const DOCUMENT = buildOpenApi(registryRoutes, { title: 'Kernelcast registry', version: 'v1' });

/** The API's own description, OpenAPI 3.1; the same as `docs/openapi.json`. */
@Controller()
export class OpenApiController {
  @Get('/openapi.json')
  document(): typeof DOCUMENT {
    return DOCUMENT;
  }
}
