import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { deviceRoutes } from '@kernelcast/contracts';
import { DeviceAuth } from '../auth/device-auth.service.js';
import { DeviceLimits } from '../limits/device-limits.js';
import { BlobSender, digestIn } from './blob-sender.js';

const PREFIX = deviceRoutes.getBlob.path.replace('{digest}', '');

/**
 * Answers downloads from memory in front of Fastify and Nest, which cost more than sending a modulator does. Whatever it
 * does not answer goes the usual way.
 */
@Injectable()
export class BlobPath {
  constructor(
    private readonly auth: DeviceAuth,
    private readonly sender: BlobSender,
    private readonly limits: DeviceLimits,
  ) {}

  /** @returns whether the request was answered */
  tryAnswer(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '', method, headers } = request;
    if (method !== 'GET' && method !== 'HEAD') return false;
    const digest = digestIn(url, PREFIX);
    if (digest === undefined) return false;
    const device = this.auth.recognise(headers.authorization, new Date());
    if (device === undefined) return false;
    const address = request.socket.remoteAddress ?? '';
    const mayTake = (bytes: number): boolean => this.limits.takeBytes(device.id, address, bytes) === 0;
    return this.sender.sendReady({ device, digest, request, response }, mayTake);
  }
}
