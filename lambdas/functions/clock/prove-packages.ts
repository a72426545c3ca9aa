import { provePackages } from '../../packages/prove.ts'
import { packageDueKind, packageStore } from '../../packages/store.ts'
import type { Env } from '../../runtime/env.ts'
import { packageFiles } from '../../storage/package-files.ts'
import { dueItems } from '../../sweeps/due-items.ts'
import { onClock } from '../../sweeps/on-clock.ts'
import { connectTable } from '../../table/client.ts'

const wire = (env: Env): (() => Promise<void>) => {
  const table = connectTable(env)
  return provePackages({
    due: dueItems(table, packageDueKind),
    packages: packageStore(table),
    files: packageFiles(env),
    now: Date.now,
  })
}

export const handler = onClock(wire)
