export type * from './graph/graph.types.js';
