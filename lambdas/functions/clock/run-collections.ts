import { connectCollections } from '../../collections/connect.ts'
import { runDueKind } from '../../collections/run-store.ts'
import { collectionDueKind } from '../../collections/store.ts'
import { runCollections } from '../../collections/sweep.ts'
import type { Env } from '../../runtime/env.ts'
import { publisher } from '../../runtime/publish.ts'
import { credentialProvider } from '../../storage/credentials/configured.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return runCollections({
    ...connectCollections(env, table, { publish: publisher(env), lend: credentialProvider(env) }),
    due: { collections: dueItems(table, collectionDueKind), runs: dueItems(table, runDueKind) },
  })
}

export const handler = onClock(wire)
