export * from './generated/index.js';
export { ApiError, createRegistryClient, type RegistryClientOptions } from './registry-client.js';
export { streamJobEvents, type StreamJobEventsOptions } from './job-events.js';
export { patientFetch, reasonOf } from './patient-fetch.js';
export { getServerVersion } from './server-version.js';
