import { storedObjects } from '../../logs/archives/stored-objects.ts'
import { verifyArchives } from '../../logs/archives/verify.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { onQueue } from '../../queue/batch.ts'
import { env as names } from '../../runtime/env.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onQueue((env) => {
  const table = connectTable(env)
  return verifyArchives(
    { hot: hotUploads(table, Date.now), objects: storedObjects(table) },
    env[names.etagIsMd5] !== 'no',
  )
})
