/** What the lent credentials are valid for: these keys of the bucket, for one upload of one dock. */
export type Scope = {
  uploadId: string
  dockSn: string
  fleet: string
  keys: readonly string[]
  lifetimeSeconds: number
}

/** Where a dock uploads, and with which credentials. `expiresAt` is from the issuer, epoch ms. */
export type UploadCredentials = {
  storage: { provider: 'aws' | 'minio' | 'ali'; bucket: string; region: string; endpoint: string }
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiresAt: number }
}

/** Lends credentials for a scope. A repeat lends new ones; earlier ones stay valid until they expire. */
export type LendCredentials = (scope: Scope) => Promise<UploadCredentials>

/** The longest session that STS gives to a role that is itself a session (IAM User Guide, role chaining). */
export const credentialsLifetimeSeconds = 3_600
