import { z } from 'zod';

/**
 * Every error code the HTTP interfaces answer with, with its status and title. Codes are stable: clients may
 * branch on them. `retryable` tells a client whether the same request may succeed later without a change.
 */
export const errorCatalogue = {
  api_key_not_found: { status: 404, title: 'No such API key' },
  approval_forbidden: { status: 409, title: 'This version cannot be approved now' },
  base_network_invalid: { status: 422, title: 'The base network is not valid' },
  base_network_not_found: { status: 404, title: 'No such base network' },
  base_not_supported: { status: 422, title: 'No base network of the device is known here' },
  blob_not_found: { status: 404, title: 'No such blob for this device' },
  body_too_large: { status: 413, title: 'The request body is too large' },
  budget_unreachable: { status: 422, title: 'The parameter budget cannot be met' },
  conflict: { status: 409, title: 'The resource is in another state' },
  credential_expired: { status: 401, title: 'The device credential has expired' },
  credential_invalid: { status: 401, title: 'The device credential is not valid' },
  credential_revoked: { status: 401, title: 'The device has been revoked' },
  dataset_invalid: { status: 422, title: 'The dataset is not valid' },
  dataset_not_found: { status: 404, title: 'No such dataset or version' },
  dataset_not_ready: { status: 422, title: 'The dataset version is not ready' },
  dataset_unsuitable: { status: 422, title: 'The dataset does not suit the scenario' },
  device_not_found: { status: 404, title: 'No such device' },
  email_taken: { status: 409, title: 'The address belongs to another user' },
  enrolment_token_invalid: { status: 401, title: 'The enrolment token is unknown, used up or expired' },
  forbidden: { status: 403, title: 'The role does not allow this' },
  group_not_found: { status: 404, title: 'No such device group' },
  idempotency_mismatch: { status: 422, title: 'The idempotency key was used with another body' },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this list, its filters and its order' },
  internal: { status: 500, title: 'Internal error' },
  job_not_found: { status: 404, title: 'No such training job' },
  labels_mismatch: { status: 422, title: 'The labels of task and dataset differ' },
  last_admin: { status: 409, title: 'No admin would be left' },
  login_throttled: { status: 429, title: 'Too many failed logins; try again later' },
  malformed_body: { status: 400, title: 'The body cannot be read' },
  method_not_supported: { status: 422, title: 'The method is not supported' },
  modulator_not_found: { status: 404, title: 'No such modulator or version' },
  name_taken: { status: 409, title: 'The name is taken' },
  not_found: { status: 404, title: 'Not found' },
  nonce_invalid: { status: 401, title: 'The nonce is unknown or expired' },
  oidc_refused: { status: 401, title: 'The identity provider did not confirm who you are' },
  oidc_user_unknown: { status: 403, title: 'Nobody here is who the identity provider says' },
  precondition_failed: { status: 412, title: 'The resource is not in the state that the request names' },
  precondition_required: { status: 428, title: 'Send If-Match with the ETag that was seen' },
  project_archived: { status: 409, title: 'The project is archived' },
  project_not_found: { status: 404, title: 'No such project' },
  range_not_satisfiable: { status: 416, title: 'The range cannot be satisfied' },
  rollout_not_found: { status: 404, title: 'No such rollout' },
  service_unavailable: { status: 503, title: 'A part of the service is not available' },
  session_not_found: { status: 404, title: 'No such session' },
  signature_invalid: { status: 401, title: 'The signature is not valid' },
  start_missing: { status: 422, title: 'The base network has no starting point for few-shot learning' },
  task_not_found: { status: 404, title: 'No such task' },
  token_invalid: { status: 401, title: 'The token is unknown, used up or expired' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  unauthenticated: { status: 401, title: 'Credentials are missing or wrong' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  upload_not_found: { status: 404, title: 'No such upload' },
  upload_offset_mismatch: { status: 409, title: 'The upload continues elsewhere' },
  user_not_found: { status: 404, title: 'No such user' },
  validation_failed: { status: 422, title: 'The request does not match the contract' },
  warm_start_mismatch: { status: 422, title: 'The job cannot start from this version' },
  webhook_not_found: { status: 404, title: 'No such webhook or delivery' },
  version_not_approved: { status: 409, title: 'The modulator version is not approved' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ErrorCode = keyof typeof errorCatalogue;

/** RFC 9457 problem details, with our stable `code`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  requestId: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** Codes a training job may end with; stored on the job, shown to people. */
export const jobErrorCodeSchema = z.enum([
  'dataset_invalid',
  'budget_unreachable',
  'hyperparameters_invalid',
  'method_unknown',
  'training_diverged',
  'backend_unavailable',
  'worker_crashed',
  'labels_mismatch',
  'base_network_invalid',
  'out_of_memory',
  'deadline_exceeded',
  'input_missing',
  'name_taken',
  'internal',
]);
export type JobErrorCode = z.infer<typeof jobErrorCodeSchema>;
