import { createHmac, randomBytes } from 'node:crypto'

/** Secrets of webhooks, and the headers that sign a delivery. Pure, except for new secrets. */

const prefix = 'whsec_'

/** 32 random bytes in the format of Standard Webhooks. */
export const newSecret = (): string => prefix + randomBytes(32).toString('base64')

/** After a rotation the previous secret also signs for this long. */
export const rotationMs = 24 * 60 * 60_000

/** The current secret, and the previous one while it also signs. Never shown, never logged. */
export type Secrets = { secret: string; previous?: string | undefined; previousUntil?: number | undefined }

/**
 * The headers of one try. The signature covers the body byte for byte. Event ids contain no full stop, which
 * separates the signed parts.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#webhook-headers-sending-metadata-to-consumers
 */
export const signedHeaders = (
  { id, body }: { id: string; body: string },
  { secret, previous, previousUntil = 0 }: Secrets,
  now: number,
): Record<string, string> => {
  const timestamp = String(Math.floor(now / 1000))
  const keys = [secret, ...(previous !== undefined && now < previousUntil ? [previous] : [])]
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': keys.map((key) => `v1,${signature(key, `${id}.${timestamp}.${body}`)}`).join(' '),
  }
}

const signature = (secret: string, signed: string): string =>
  createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
    .update(signed)
    .digest('base64')
