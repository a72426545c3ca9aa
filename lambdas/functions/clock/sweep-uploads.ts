import { type Env, env as names } from '../../env.ts'
import { commandStore } from '../../logs/commands.ts'
import { historyStore } from '../../logs/history.ts'
import { hotUploads } from '../../logs/hot-upload.ts'
import { uploadReader } from '../../logs/store.ts'
import { sweepUploads } from '../../logs/sweep.ts'
import { newId } from '../../runtime/new-id.ts'
import { publisher } from '../../runtime/publish.ts'
import { archives } from '../../storage/archives/configured.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'
import { dueKinds } from '../../table/keys.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return sweepUploads({
    hot: hotUploads(table, Date.now),
    due: dueItems(table, dueKinds.upload),
    get: uploadReader(table).get,
    archives: archives(env),
    etagIsMd5: env[names.etagIsMd5] !== 'no',
    commands: commandStore(table),
    history: historyStore(table),
    publish: publisher(env),
    now: Date.now,
    newId,
  })
}

export const handler = onClock(wire)
