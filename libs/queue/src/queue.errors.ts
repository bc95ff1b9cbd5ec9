export type QueueErrorCode = 'payload_invalid' | 'queue_unavailable';

/** A message could not be queued. `payload_invalid` is a fault of the sender; `queue_unavailable` is transient. */
export class QueueError extends Error {
  readonly code: QueueErrorCode;

  constructor(code: QueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'QueueError';
    this.code = code;
  }

  get retryable(): boolean {
    return this.code === 'queue_unavailable';
  }
}

/** Thrown by a handler when another attempt would end the same way: the job fails at once. */
export class PermanentJobError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PermanentJobError';
  }
}

/**
 * Thrown by a handler that gives its job back unfinished, at a shutdown for instance: the job waits for a worker
 * again, and no attempt is counted.
 */
export class HandBackError extends Error {
  constructor(message = 'the job was handed back') {
    super(message);
    this.name = 'HandBackError';
  }
}
