const DAMAGED = 'The state folder was damaged; kernelcast-device run fetches what is missing.';

/** What to do about an error, where that is not plain from its text. */
const HINTS: Readonly<Record<string, string>> = {
  artifact_invalid: 'The bundle is damaged or is none; make it again with kernelcast bundle create.',
  already_enrolled: 'A state folder belongs to one device; use another folder to enrol another one.',
  base_mismatch:
    'The device was enrolled with another base network; put that one back, or enrol again in a new folder.',
  base_not_supported: 'The server does not know this base network; register it there first.',
  base_network_invalid: 'A base network is a folder with graph.json and weights.safetensors.',
  blob_missing: DAMAGED,
  blob_tampered: DAMAGED,
  credential_revoked: 'An operator has revoked this device. It keeps serving what it has.',
  disk_full: 'Free some room and try again; what is active stays active.',
  enrolment_token_invalid: 'Ask an operator for a new enrolment token.',
  network_unreachable: 'Check the address and that the delivery service is up.',
  not_enrolled: 'Enrol it: kernelcast-device enrol --server URL --token TOKEN --state FOLDER',
  not_found: 'Is this the address of the delivery service? The registry has another one.',
  state_in_use: 'One agent at a time may run on a state folder; status and classify work beside it.',
  task_not_active: 'kernelcast-device status shows what is active.',
};

/** A line that tells what to do, or nothing. */
export function hintFor(code: string): string {
  const hint = HINTS[code];
  return hint === undefined ? '' : `  ${hint}\n`;
}
