import { countParameters } from '../graph/parameters.js';
import { inferShapes } from '../graph/shapes.js';
import { parseGraph } from '../graph/graph.schema.js';
import { conv4 } from './conv4.js';

describe('conv4', () => {
  it('halves its images four times, leaving out what does not fill a window', () => {
    const graph = parseGraph(conv4({ side: 84, filters: 32 }));
    const shapes = inferShapes(graph);
    expect([1, 2, 3, 4].map((block) => shapes.get(`pool${block}`))).toEqual([
      [42, 42, 32],
      [21, 21, 32],
      [10, 10, 32],
      [5, 5, 32],
    ]);
    // miniImageNet's 800 features.
    expect(graph.featureSize).toBe(800);
    // 3·9·32 + 3 · 32·9·32 kernels, four BatchNorms of 64.
    expect(countParameters(graph)).toBe(864 + 27_648 + 256);
  });

  it('refuses images that four blocks would leave nothing of', () => {
    expect(parseGraph(conv4({ side: 16 })).featureSize).toBe(64);
    expect(() => conv4({ side: 15 })).toThrow(RangeError);
  });
});
