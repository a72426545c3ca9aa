import { archives as archivesOfProvider } from '#archives'
import type { Env } from '../../env.ts'
import { log } from '../../runtime/log.ts'
import { count } from '../../runtime/telemetry.ts'
import { readStoredKey } from '../object-key.ts'
import { type Archives, StorageRefused } from './presigned-requests.ts'

export type { Archives } from './presigned-requests.ts'

/**
 * The archives in storage, as the backend sees them. The provider is chosen when the functions are bundled
 * (`lib/bundle.ts`). A refusal of our own rights is told as what it is, a fault of the configuration, and
 * thrown on: it never means that an archive is missing.
 */
export const archives = (env: Env): Archives => {
  const { find, link, remove } = archivesOfProvider(env)
  return {
    find: (key, version) => telling(key, find(key, version)),
    link,
    remove: (key, version) => telling(key, remove(key, version)),
  }
}

const telling = async <Answer>(objectKey: string, answer: Promise<Answer>): Promise<Answer> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof StorageRefused && error.status === 403) {
      log('storageRefusesUs', { method: error.method, objectKey, ...readStoredKey(objectKey) })
      count('StorageRefusals')
    }
    throw error
  }
}
