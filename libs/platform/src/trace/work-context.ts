import { AsyncLocalStorage } from 'node:async_hooks';
import { continueTrace, toTraceparent, type TraceContext } from './trace-context.js';

/** On whose behalf something is being done. */
export interface WorkContext {
  readonly trace: TraceContext;
  readonly requestId?: string;
}

const storage = new AsyncLocalStorage<WorkContext>();

/** Does something on behalf of a request: log lines name it, and what is queued meanwhile carries its trace. */
export const runInContext = <T>(context: WorkContext, work: () => T): T => storage.run(context, work);

/** The same for work that came with a `traceparent`, or without one. */
export const runInTrace = <T>(traceparent: string | undefined, work: () => T): T =>
  runInContext({ trace: continueTrace(traceparent) }, work);

/** `traceparent` to hand on; undefined where nobody asked for what is being done. */
export const currentTraceparent = (): string | undefined => {
  const context = storage.getStore();
  return context && toTraceparent(context.trace);
};

/** What log lines say of a context. */
export const contextFields = ({ trace, requestId }: WorkContext) => ({
  ...(requestId === undefined ? {} : { requestId }),
  traceId: trace.traceId,
});

/** The same of the present one, if any. */
export const currentContextFields = (): object => {
  const context = storage.getStore();
  return context ? contextFields(context) : {};
};
