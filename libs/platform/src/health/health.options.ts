export const HEALTH_OPTIONS = 'kernelcast:health-options';

/** Resolves when the thing is well, rejects otherwise. */
export type ReadinessCheck = () => Promise<unknown>;

export interface HealthOptions {
  readonly service: string;
  readonly version: string;
}
