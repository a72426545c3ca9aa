import { answerDocks } from '../../organizations/answer.ts'
import { bindings } from '../../organizations/bindings.ts'
import { licenceReader, timeServer } from '../../organizations/licence.ts'
import { onMessage } from '../../organizations/on-message.ts'
import { topologies } from '../../organizations/topology.ts'
import { rejectedStore } from '../../rejected/store.ts'
import { publisher } from '../../runtime/publish.ts'
import { connectTable } from '../../table/client.ts'

export const handler = onMessage((env) => {
  const table = connectTable(env)
  return answerDocks({
    bindings: bindings(table),
    topologies: topologies(table),
    licence: licenceReader(env),
    timeServer: timeServer(env),
    rejected: rejectedStore(table),
    publish: publisher(env),
    now: Date.now,
  })
})
