import { archives as archivesOfProvider } from '#archives'
import type { Env } from '../../runtime/env.ts'
import { readStoredKey } from '../object-key.ts'
import { type Archives, loggingRefusals } from './presigned-requests.ts'

export type { Archives } from './presigned-requests.ts'

/**
 * The archives in storage, as the backend accesses them. The provider is chosen when the functions are
 * bundled (`lib/functions/bundle.ts`). If storage refuses our own requests, that is logged as a configuration
 * error and thrown: it never means that an archive is missing.
 */
export const archives = (env: Env): Archives => {
  const { find, link, remove } = archivesOfProvider(env)
  return {
    find: (key, version) => loggingRefusals(idsOf(key), find(key, version)),
    link,
    remove: (key, version) => loggingRefusals(idsOf(key), remove(key, version)),
  }
}

const idsOf = (objectKey: string) => ({ objectKey, ...readStoredKey(objectKey) })
