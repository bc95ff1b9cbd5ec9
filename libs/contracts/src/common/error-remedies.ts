import { errorCatalogue, type ErrorCode } from './errors.js';

/** What who gets an error can do about it; the documentation shows it beside the catalogue's title. */
export const errorRemedies: Readonly<Record<ErrorCode, string>> = {
  alias_not_found: 'List the aliases of the task.',
  api_key_not_found: 'List the API keys.',
  approval_forbidden: 'Read `detail`: who ordered a job may not approve its version; gates or state may be in the way.',
  base_network_invalid: 'Mend what the findings name, and import again.',
  base_network_not_found: 'List the base networks; one of another project must be shared first.',
  base_not_supported: 'Import the base network that the device has, or give the device one of ours.',
  blob_not_found: 'Poll the manifest again: a device gets only what its manifest names.',
  body_too_large: 'Send less at once; a large dataset goes in parts (`/v1/dataset-uploads`).',
  budget_unreachable: 'Raise the budget; a job with `dryRun` tells the smallest.',
  conflict: 'Get the resource, and repeat what still applies.',
  credential_expired: 'Renew the credential with the device key.',
  credential_invalid: 'Enrol the device again.',
  credential_revoked: 'Nothing: an operator revoked the device. Enrol it again with a new token.',
  dataset_invalid: 'Read the report of the version, which names files, and upload a mended one.',
  dataset_not_found: 'List the datasets and their versions.',
  dataset_not_ready: 'Wait until the version is `ready`; look at its report when it is `invalid`.',
  dataset_unsuitable: 'Read `detail`: the scenario needs other classes or more images.',
  device_not_found: 'List the devices.',
  email_taken: 'Take another address, or change the user who has it.',
  enrolment_token_invalid: 'Ask an operator for a new enrolment token.',
  forbidden: 'Ask an admin for the role or the scope that `detail` names.',
  gate_report_not_found: 'Evaluate the gates of the version first.',
  gates_failed: 'Read the gate report; train a better version, or change the gates of the task.',
  garbage_collection_not_found: 'List the collections.',
  group_not_found: 'List the device groups.',
  idempotency_mismatch: 'Take a new `Idempotency-Key` for another request.',
  invalid_cursor: 'Begin again without `after`; filters and order must stay while paging.',
  internal: 'Try again; if it stays, give the operator the `requestId`.',
  job_not_found: 'List the training jobs.',
  labels_mismatch: 'Take a dataset with the labels of the task, or make a task of its labels.',
  last_admin: 'Make somebody else an admin first.',
  login_throttled: 'Wait for `Retry-After` seconds.',
  malformed_body: 'Send what the content type says, whole and well-formed.',
  method_not_allowed: 'Use a method that `Allow` names.',
  method_not_supported: 'Take another `method`, or a base network that supports it.',
  modulator_not_found: 'List the modulators and their versions.',
  name_taken: 'Choose another name, or use what has it.',
  not_found: 'Compare the path with this documentation.',
  nonce_invalid: 'Ask for a new nonce and sign that.',
  oidc_refused: 'Log in again; the operator finds the reason in the log.',
  oidc_user_unknown: 'Ask an admin to create you, or to map a group of yours to a role.',
  precondition_failed: 'Get the resource and its new `ETag`, and decide again.',
  precondition_required: 'Get the resource, and send its `ETag` as `If-Match`.',
  project_archived: 'Take the project out of the archive, or act in another.',
  project_not_found: 'Name a project of yours in `Kernelcast-Project`; `/v1/me` lists them.',
  range_not_satisfiable: 'Ask for a range within the size that `Content-Range` tells.',
  rate_limited: 'Wait for `Retry-After` seconds, and spread requests as `RateLimit` says.',
  rollout_not_approved: 'Have somebody approve it who did not ask for it.',
  rollout_not_found: 'List the rollouts.',
  service_unavailable: 'Try again after `Retry-After` seconds; `/readyz` tells the operator what is away.',
  session_not_found: 'List your sessions.',
  signature_invalid: 'Sign the nonce as it came, with the key that was enrolled.',
  start_missing: 'Take a base network that a `meta` job has made.',
  task_not_found: 'List the tasks.',
  token_invalid: 'Ask an admin for a new token.',
  too_many_requests: 'Let what is under way end first; then wait for `Retry-After` seconds.',
  unauthenticated: 'Send a valid API key or session token as a bearer token.',
  unsupported_media_type: 'Send the `Content-Type` that the operation takes.',
  upload_not_found: 'Begin a new upload: this one has ended, or was abandoned for days.',
  upload_offset_mismatch: 'Get the upload, and go on at its `offset`.',
  user_not_found: 'List the users.',
  validation_failed: 'Mend what `errors` names.',
  versions_not_comparable: 'Compare versions of one task.',
  warm_start_mismatch: 'Start from a version of the same task, base network and method.',
  webhook_not_found: 'List the webhooks and their deliveries.',
  version_not_approved: 'Have the version approved first.',
};

const COLUMNS = ['Status', 'Code', 'Meaning', 'What to do'];

/** Every code by status, as a table in Markdown with columns of one width each. */
export const errorTable = (): string => {
  const codes = Object.entries(errorCatalogue) as [ErrorCode, { status: number; title: string }][];
  const rows = codes
    .sort(([a, { status: x }], [b, { status: y }]) => x - y || a.localeCompare(b, 'en'))
    .map(([code, { status, title }]) => [String(status), `\`${code}\``, title, errorRemedies[code]]);
  const widths = COLUMNS.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill = ' '): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const divider = line(['', '', '', ''], '-');
  return [line(COLUMNS), divider, ...rows.map((row) => line(row))].join('\n');
};
