import { registryOpenApi } from '@kernelcast/contracts';
import { Controller, Get } from '@nestjs/common';

const DOCUMENT = registryOpenApi();

/** The API's own description, OpenAPI 3.1; the same as `docs/openapi.json`. */
@Controller()
export class OpenApiController {
  @Get('/openapi.json')
  document(): typeof DOCUMENT {
    return DOCUMENT;
  }
}
