import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { BUNDLE_ORDER, bundleOrderSchema } from '@kernelcast/contracts';
import type { BundleAnswer } from '@kernelcast/contracts';
import { openOrder } from '@kernelcast/trust/node';
import { BundlesService } from './bundles.service.js';

export const ORDER_KEY = Symbol('ORDER_KEY');

/**
 * Takes orders of the registry. The transport does not say who sends, and a manifest with a long life is worth
 * something: so an order counts only with the proof that whoever gave it holds the master key.
 */
@Controller()
export class BundleOrdersController {
  constructor(
    private readonly bundles: BundlesService,
    @Inject(ORDER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  /** @throws TrustError `order_invalid`; whoever sent it learns no more than that it failed */
  @MessagePattern<string>(BUNDLE_ORDER)
  async sign(@Payload() sealed: unknown): Promise<BundleAnswer> {
    const now = new Date();
    const order = bundleOrderSchema.parse(openOrder(BUNDLE_ORDER, sealed, this.masterKey, now));
    return this.bundles.sign(order, now);
  }
}
