import { MIN_PASSWORD_LENGTH } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';

/** A password of fewer different characters is a repetition. */
const MIN_DISTINCT = 5;
/** Shorter parts of a name or address appear in passwords by chance. */
const MIN_TELLING_PART = 4;
const PRODUCT = 'kernelcast';

const fault = (detail: string): AppError =>
  new AppError('validation_failed', 'The password is too weak', {
    errors: [{ pointer: '/body/newPassword', detail }],
  });

/**
 * Refuses what is guessed first. No rules about kinds of characters and no forced changes, as NIST SP 800-63B-4
 * (section 3.1.1.2) advises; length is checked by the contract.
 * @throws AppError `validation_failed`
 */
export const checkPassword = (password: string, { email, name }: { email: string; name: string }): void => {
  const text = password.normalize('NFKC').toLowerCase();
  if ([...text].length < MIN_PASSWORD_LENGTH) throw fault(`must have at least ${MIN_PASSWORD_LENGTH} characters`);
  if (new Set(text).size < MIN_DISTINCT) throw fault(`must have at least ${MIN_DISTINCT} different characters`);
  const telling = [PRODUCT, ...email.toLowerCase().split(/[@.+_-]/), ...name.toLowerCase().split(/\s+/)];
  const rest = telling
    .filter((part) => part.length >= MIN_TELLING_PART)
    .reduce((left, part) => left.replaceAll(part, ''), text);
  if ([...rest].length < MIN_PASSWORD_LENGTH / 2)
    throw fault('must not be made of the name, the address or the product');
};
