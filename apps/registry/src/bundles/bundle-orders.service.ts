import { BUNDLE_ORDER, bundleAnswerSchema, type BundleAnswer, type BundleOrder } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { sealOrder } from '@kernelcast/trust/node';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import { MASTER_KEY } from '../config/registry.config.js';
import { DELIVERY_CLIENT } from '../fleet-events/fleet-notifier.js';

/** Delivery reads every device of the group. */
const PATIENCE_MS = 20_000;

export type SignedBundle = Extract<BundleAnswer, { outcome: 'signed' }>;

/** Has manifests signed by the delivery service, which alone knows what devices should run. */
@Injectable()
export class BundleOrders {
  constructor(
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
    @Optional() @Inject(DELIVERY_CLIENT) private readonly client?: ClientProxy,
  ) {}

  /** @throws AppError `service_unavailable` when delivery does not answer; `conflict` or `device_not_found` as it says */
  async sign(order: BundleOrder): Promise<SignedBundle> {
    const answer = bundleAnswerSchema.parse(await this.ask(order));
    if (answer.outcome === 'refused') throw new AppError(answer.code, answer.detail);
    return answer;
  }

  private async ask(order: BundleOrder): Promise<unknown> {
    if (!this.client) throw unreachable();
    const sealed = sealOrder(BUNDLE_ORDER, order, this.masterKey, new Date());
    try {
      return await firstValueFrom(this.client.send<unknown>(BUNDLE_ORDER, sealed).pipe(timeout(PATIENCE_MS)));
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}

const unreachable = (cause?: unknown): AppError =>
  new AppError('service_unavailable', 'The delivery service, which signs manifests, does not answer.', { cause });
