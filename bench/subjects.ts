import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import { uploadKeys } from '../lambdas/table/keys.ts'
import { wireBackend } from '../test/support/backend.ts'
import { batchOf, progressPayload, queued, replyPayload } from '../test/support/dock-messages.ts'
import { openTable } from '../test/support/table.ts'
import type { startPromptTable } from './prompt-table.ts'
import type { Subject } from './report-stream.ts'

type Items = Parameters<typeof startPromptTable>[0]

/**
 * Uploads in progress, as table items: one is really opened and begun, the others are copies with other
 * serial numbers.
 */
export const uploadsUnderWay = async (count: number): Promise<{ subjects: Subject[]; items: Items }> => {
  const world = openTable()
  const backend = wireBackend(world.table)
  backend.clock.now = Date.now()
  const dockSn = serial(0)
  const { id, commandId, keyOf } = await backend.open(dockSn, [{ module: 'aircraft', bootIndexes: [1] }])
  const say = (payload: object) => batchOf(queued({ dockSn, payload, receivedAt: Date.now() }))
  await backend.replies(say(replyPayload(commandId, { result: 0 })))
  const objectKey = keyOf('aircraft')
  const progress = { status: 'file_uploading', current_step: 1, total_step: 999, progress: 0 }
  await backend.progress(say(progressPayload(id, [{ module: '0', key: objectKey, progress }])))
  const { pk, sk } = uploadKeys.state(dockSn, id)
  const { Item } = await world.table.client.send(
    new GetItemCommand({ TableName: world.table.name, Key: { pk: { S: pk }, sk: { S: sk } } }),
  )
  const like = <Value>(value: Value, n: number): Value =>
    JSON.parse(JSON.stringify(value).replaceAll(dockSn, serial(n)))
  const all = Array.from({ length: count }, (_, n) => n)
  return {
    subjects: all.map((n) => like({ dockSn, id, objectKey }, n)),
    items: all.map((n) => like({ ...Item }, n)),
  }
}

const serial = (n: number): string => `7CTDC${String(n).padStart(9, '0')}`
