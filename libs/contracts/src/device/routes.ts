import { z } from 'zod';
import { digestSchema } from '../common/primitives.js';
import { defineRoutes } from '../common/route.js';
import { DEVICE_PATHS, MAX_LONG_POLL_SECONDS } from './constants.js';
import * as enrolment from './enrolment.js';
import { flattenedJwsSchema } from './manifest.js';
import { reportsRequestSchema, reportsResponseSchema } from './reports.js';

/** Every operation of the delivery service's `/device/v1` API. */
export const deviceRoutes = defineRoutes({
  enrol: {
    operationId: 'enrol',
    method: 'post',
    path: DEVICE_PATHS.enrol,
    tag: 'Devices',
    access: 'public',
    summary: 'Enrol a device with a token of its group',
    body: enrolment.enrolRequestSchema,
    success: { status: 201, body: enrolment.enrolResponseSchema },
    errors: ['enrolment_token_invalid', 'base_not_supported'],
  },
  createNonce: {
    operationId: 'createNonce',
    method: 'post',
    path: DEVICE_PATHS.createNonce,
    tag: 'Devices',
    access: 'public',
    summary: 'Get a nonce to sign for a new credential',
    success: { status: 201, body: enrolment.nonceResponseSchema },
    errors: [],
  },
  renewCredential: {
    operationId: 'renewCredential',
    method: 'post',
    path: DEVICE_PATHS.renewCredential,
    tag: 'Devices',
    access: 'public',
    summary: 'Renew the credential with a signature of the device key over a nonce',
    body: enrolment.credentialRequestSchema,
    success: { status: 200, body: enrolment.credentialResponseSchema },
    errors: ['nonce_invalid', 'signature_invalid', 'credential_revoked', 'device_not_found'],
  },
  getManifest: {
    operationId: 'getManifest',
    method: 'get',
    path: DEVICE_PATHS.getManifest,
    tag: 'Devices',
    access: 'device',
    summary: 'The signed desired state of the device; 304 when `If-None-Match` is current',
    query: z.object({ wait: z.coerce.number().int().min(0).max(MAX_LONG_POLL_SECONDS).default(0) }),
    success: { status: 200, body: flattenedJwsSchema },
    errors: ['credential_invalid', 'credential_expired', 'credential_revoked'],
  },
  getBlob: {
    operationId: 'getBlob',
    method: 'get',
    path: DEVICE_PATHS.getBlob,
    tag: 'Devices',
    access: 'device',
    summary: "Bytes that the device's manifest names (Range, If-Range, ETag)",
    params: z.object({ digest: digestSchema }),
    success: { status: 200, body: 'application/octet-stream' },
    errors: [
      'blob_not_found',
      'range_not_satisfiable',
      'credential_invalid',
      'credential_expired',
      'credential_revoked',
    ],
  },
  report: {
    operationId: 'report',
    method: 'post',
    path: DEVICE_PATHS.report,
    tag: 'Devices',
    access: 'device',
    summary: 'Report phases of activation; duplicates and replays change nothing',
    body: reportsRequestSchema,
    success: { status: 200, body: reportsResponseSchema },
    errors: ['credential_invalid', 'credential_expired', 'credential_revoked'],
  },
});
