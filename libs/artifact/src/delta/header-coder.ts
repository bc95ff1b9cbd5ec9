import { BitModel } from './bit-model.js';
import { DeltaError } from './delta.error.js';
import { NumberCoder } from './number-coder.js';
import type { BitCoder } from './range-coder.js';

/** Shorter runs cost more to point at than to spell. */
const LEAST_COPY = 8;
const CONTEXT = { literalLength: 0, copyLength: 1, skipped: 2 } as const;

/** A run of literal bytes, then a copy from the old header, `skip` bytes behind the copy before. */
interface Operation {
  readonly literal: Uint8Array;
  readonly skip: number;
  readonly copy: number;
}

/** Headers, which are JSON, as what is spelt anew and what is copied, in order, from the old one. */
export class HeaderCoder {
  private readonly numbers = new NumberCoder(Object.keys(CONTEXT).length);
  private readonly letters = new BitModel(256);

  write(coder: BitCoder, before: Uint8Array, after: Uint8Array): void {
    for (const { literal, skip, copy } of operations(before, after)) {
      this.numbers.code(coder, CONTEXT.literalLength, literal.byteLength);
      for (const letter of literal) this.codeLetter(coder, letter);
      this.numbers.code(coder, CONTEXT.skipped, skip);
      this.numbers.code(coder, CONTEXT.copyLength, copy);
    }
  }

  /** @throws DeltaError for a copy from outside, a header of another length than announced, and a step that adds nothing */
  read(coder: BitCoder, before: Uint8Array, length: number): Uint8Array {
    const after = new Uint8Array(length);
    for (let written = 0, from = 0; written < length;) {
      const literal = this.numbers.code(coder, CONTEXT.literalLength, 0);
      if (literal > length - written) throw new DeltaError('delta_invalid', 'the header is longer than announced');
      for (const end = written + literal; written < end; written++) after[written] = this.codeLetter(coder, 0);
      from += this.numbers.code(coder, CONTEXT.skipped, 0);
      const copy = this.numbers.code(coder, CONTEXT.copyLength, 0);
      if (copy > length - written) throw new DeltaError('delta_invalid', 'the header is longer than announced');
      if (from + copy > before.byteLength) throw new DeltaError('delta_invalid', 'a copy from behind the old header');
      if (literal + copy === 0) throw new DeltaError('delta_invalid', 'a step that adds nothing');
      after.set(before.subarray(from, from + copy), written);
      written += copy;
      from += copy;
    }
    return after;
  }

  private codeLetter(coder: BitCoder, letter: number): number {
    let node = 1;
    for (let i = 7; i >= 0; i--) node = 2 * node + coder.code(this.letters, node, (letter >>> i) & 1);
    return node - 256;
  }
}

/** Greedy, and only ever forward in the old header: keys are sorted in both, so little is lost by it. */
function* operations(before: Uint8Array, after: Uint8Array): Generator<Operation> {
  let from = 0;
  let spelt = 0;
  for (let position = 0; position < after.byteLength;) {
    const start = find(before, from, after.subarray(position, position + LEAST_COPY));
    if (start === -1) {
      position++;
      continue;
    }
    let copy = LEAST_COPY;
    while (position + copy < after.byteLength && before[start + copy] === after[position + copy]) copy++;
    yield { literal: after.subarray(spelt, position), skip: start - from, copy };
    from = start + copy;
    position += copy;
    spelt = position;
  }
  if (spelt < after.byteLength) yield { literal: after.subarray(spelt), skip: 0, copy: 0 };
}

function find(bytes: Uint8Array, from: number, wanted: Uint8Array): number {
  if (wanted.byteLength < LEAST_COPY) return -1;
  for (let start = from; start + LEAST_COPY <= bytes.byteLength; start++) {
    let same = 0;
    while (same < LEAST_COPY && bytes[start + same] === wanted[same]) same++;
    if (same === LEAST_COPY) return start;
  }
  return -1;
}
