import { Barrier, breakBarrier, createBarrierCells } from './barrier.js';

describe('Barrier', () => {
  it('lets the last to come pass at once, any number of times', () => {
    const barrier = new Barrier(createBarrierCells(), 1, 0);
    expect([1, 2, 3].map(() => barrier.wait())).toHaveLength(3);
  });

  it('gives up when the others do not come, and then lets nobody pass', () => {
    const cells = createBarrierCells();
    const barrier = new Barrier(cells, 2, 1);
    expect(() => barrier.wait()).toThrow(expect.objectContaining({ code: 'barrier_broken', reason: 'timeout' }));
    expect(() => barrier.wait()).toThrow(expect.objectContaining({ reason: 'aborted' }));
    expect(() => new Barrier(cells, 2, 1).wait()).toThrow(expect.objectContaining({ reason: 'aborted' }));
  });

  it('lets nobody pass once it is broken', () => {
    const cells = createBarrierCells();
    breakBarrier(cells);
    expect(() => new Barrier(cells, 1, 60_000).wait()).toThrow(expect.objectContaining({ reason: 'aborted' }));
  });
});
