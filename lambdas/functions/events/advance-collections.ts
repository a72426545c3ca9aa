import { connectCollections } from '../../collections/connect.ts'
import { onEvent } from '../../collections/on-event.ts'
import { publisher } from '../../runtime/publish.ts'
import { counting } from '../../runtime/telemetry.ts'
import { type Invocation, inTime } from '../../runtime/time-left.ts'
import { credentialProvider } from '../../storage/credentials/configured.ts'
import { connectTable } from '../../table/client.ts'

let run: ReturnType<typeof onEvent> | undefined

/**
 * Started by events; see `on-event.ts`. Lambda retries a failed event, then puts it into the failure queue.
 */
export const handler = async (event: unknown, invocation?: Invocation): Promise<void> => {
  const { env } = process
  run ??= onEvent(
    connectCollections(env, connectTable(env), { publish: publisher(env), lend: credentialProvider(env) }),
  )
  const work = run
  await inTime(invocation, () => counting(() => work(event)))
}
