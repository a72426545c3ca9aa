import { createHash, randomInt, timingSafeEqual } from 'node:crypto'

/**
 * User names and passwords of docks' accounts. People read them from a screen and type them into a remote
 * control, so neither has characters that look alike. We generate both: nobody can choose a weak one, and a
 * plain hash protects a password of 186 bits as well as a slow one would (ADR 0029).
 */

const small = 'abcdefghjkmnpqrstuvwxyz'
const digits = '23456789'
const capitals = 'ABCDEFGHJKLMNPQRSTUVWXYZ'

const randomText = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')

/**
 * Only letters and digits: IoT Core accepts nothing else as a principal, and interprets what follows a `?` in
 * a user name.
 * https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html
 */
export const userNamePattern = /^dock[abcdefghjkmnpqrstuvwxyz2-9]{8}$/

export const newUserName = (): string => `dock${randomText(small + digits, 8)}`

export const newPassword = (): string => randomText(small + capitals + digits, 32)

export const hashOf = (password: string | Buffer): string =>
  createHash('sha256').update(password).digest('base64url')

/** Takes the same time for wrong and right passwords. */
export const isPassword = (given: Buffer, hash: string): boolean => {
  const [one, other] = [Buffer.from(hashOf(given)), Buffer.from(hash)]
  return one.length === other.length && timingSafeEqual(one, other)
}
