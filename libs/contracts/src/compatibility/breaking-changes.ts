import { dereferenced, type ApiDocument, type Operation } from './api-document.js';
import { contentChanges, operationChanges } from './operation-changes.js';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Operations by method and path, whatever the parameters in it are called. */
const operationsOf = ({ paths }: ApiDocument): Map<string, Operation> =>
  new Map(
    Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.includes(method))
        .map(([method, operation]) => [`${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`, operation]),
    ),
  );

/**
 * Tells what of a released OpenAPI 3.1 document a later one breaks for clients that keep to the former: one line each,
 * and none for what was added. Webhooks are requests of ours: what they carry is held to the rules of answers.
 */
export const breakingChanges = (released: unknown, current: unknown): string[] => {
  const [before, now] = [dereferenced(released), dereferenced(current)];
  const operations = operationsOf(now);
  const ofOperations = [...operationsOf(before)].flatMap(([key, operation]) => {
    const other = operations.get(key);
    return (other ? operationChanges(operation, other) : ['is gone']).map((change) => `${key}: ${change}`);
  });
  return [...ofOperations, ...webhookChanges(before, now)];
};

const webhookChanges = ({ webhooks: before = {} }: ApiDocument, { webhooks: now = {} }: ApiDocument): string[] =>
  Object.entries(before).flatMap(([name, item]) => {
    const [old, current] = [item['post']?.requestBody?.content, now[name]?.['post']?.requestBody?.content];
    const changes = current ? contentChanges(old ?? {}, current, 'response') : ['is gone'];
    return changes.map((change) => `webhook ${name}: ${change}`);
  });
