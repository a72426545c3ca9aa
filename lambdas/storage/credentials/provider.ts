/** What the lent credentials open: these keys of this bucket, for one upload of one dock. */
export type Scope = {
  uploadId: string
  dockSn: string
  fleet: string
  keys: readonly string[]
  lifetimeSeconds: number
}

/** Where a dock uploads, and with what. `expiresAt` is epoch ms, as the issuer says. */
export type UploadCredentials = {
  storage: { provider: 'aws' | 'minio' | 'ali'; bucket: string; region: string; endpoint: string }
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiresAt: number }
}

/**
 * Lends credentials for a scope. Repeating it lends new ones; those lent before stay good until they expire.
 */
export type LendCredentials = (scope: Scope) => Promise<UploadCredentials>

/** What STS gives at most to a role that is itself a session (IAM User Guide, role chaining). */
export const credentialsLifetimeSeconds = 3_600
