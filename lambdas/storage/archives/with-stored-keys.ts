import type { Env } from '../../runtime/env.ts'
import { type KeyPair, storedKeys } from '../credentials/stored-keys.ts'
import {
  type Archives,
  archivesBehind,
  type Presign,
  StorageRefused,
  type WithPresign,
} from './presigned-requests.ts'

/** A response to HEAD has no body with a reason, so any 403 may mean that the key pair has been rotated. */
const mayBeRotated = (error: unknown): boolean => error instanceof StorageRefused && error.status === 403

/** The archives in storage outside AWS. Its key pair is in a secret and may be rotated at any time. */
export const archivesWithStoredKeys = (env: Env, presignWith: (keys: KeyPair) => Presign): Archives => {
  const withKeys = storedKeys(env, mayBeRotated)
  const archivesBy = (keys: KeyPair) => archivesBehind(presignWith(keys))
  return {
    find: (...one) => withKeys((keys) => archivesBy(keys).find(...one)),
    link: (...link) => withKeys((keys) => archivesBy(keys).link(...link)),
    remove: (...one) => withKeys((keys) => archivesBy(keys).remove(...one)),
  }
}

/** A signer for other requests to this storage. */
export const signerWithStoredKeys = (env: Env, presignWith: (keys: KeyPair) => Presign): WithPresign => {
  const withKeys = storedKeys(env, mayBeRotated)
  return (use) => withKeys((keys) => use(presignWith(keys)))
}
