/** What an argon2id hash holds: its costs, its salt and the tag. */
export interface Argon2idHash {
  /** KiB of memory. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Version 1.3, `0x13`: the only one that RFC 9106 describes. */
const VERSION = 19;
const FORMAT =
  /^\$argon2id\$v=(\d{1,3})\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Writes a hash as a PHC string, https://github.com/P-H-C/phc-string-format: `$argon2id$v=19$m=…,t=…,p=…$salt$tag`. */
export const toPhc = ({ memory, passes, parallelism, salt, tag }: Argon2idHash): string =>
  `$argon2id$v=${VERSION}$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(tag)}`;

/** Reads a PHC string of argon2id; `undefined` when it is none. */
export const fromPhc = (text: string): Argon2idHash | undefined => {
  const [, version, memory, passes, parallelism, salt = '', tag = ''] = FORMAT.exec(text) ?? [];
  if (Number(version) !== VERSION) return undefined;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
};
