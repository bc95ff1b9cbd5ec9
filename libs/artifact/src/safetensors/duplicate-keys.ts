const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/**
 * The first key that occurs twice in one object of a JSON text, or undefined. `JSON.parse` keeps the last of two
 * without a word, so two readers of one file could see different tensors under one name.
 *
 * @param json a text that `JSON.parse` accepts
 */
export function findDuplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let at = 0;
  while (at < json.length) {
    const unit = json.charCodeAt(at);
    if (unit === OPEN) open.push(new Set());
    if (unit === CLOSE) open.pop();
    if (unit !== QUOTE) {
      at++;
      continue;
    }
    const end = endOfString(json, at);
    const next = skipSpace(json, end);
    if (json.charCodeAt(next) === COLON) {
      const key = String(JSON.parse(json.slice(at, end)));
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    at = next;
  }
  return undefined;
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

function skipSpace(json: string, start: number): number {
  let at = start;
  while (at < json.length && json.charCodeAt(at) <= 0x20) at++;
  return at;
}
