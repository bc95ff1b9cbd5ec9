import { LiveArea } from './live-area.js';

const area = () => {
  const written: string[] = [];
  return { written, live: new LiveArea({ write: (text: string) => written.push(text) > 0 } as never) };
};

describe('LiveArea', () => {
  it('draws over what it drew before, and scrolls other lines above it', () => {
    const { live, written } = area();
    live.draw(['a', 'b']);
    live.draw(['c']);
    live.above('log');
    expect(written).toEqual(['\u001b[?25l\r\u001b[Ja\nb\n', '\u001b[2A\r\u001b[Jc\n', '\u001b[1A\r\u001b[Jlog\nc\n']);
  });

  it('gives the cursor back once, and only when it took it', () => {
    const { live, written } = area();
    live.close();
    expect(written).toEqual([]);
    live.draw(['a']);
    live.close();
    live.close();
    expect(written.slice(1)).toEqual(['\u001b[?25h']);
  });
});
