import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import * as z from 'zod'

/**
 * A table that answers at once: it stores updates and ignores conditions, since reports come in order here.
 * The measurement is of the function, not of the table.
 */

const Values = z.record(z.string(), z.unknown())
const Update = z.object({
  TableName: z.string(),
  Key: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
  UpdateExpression: z.string(),
  ExpressionAttributeValues: Values,
  ReturnValues: z.optional(z.string()),
})
type Item = z.infer<typeof Values>
const Count = z.object({ N: z.coerce.number() })

/** `SET a = :a, b = if_not_exists(b, :b)`: the latter keeps an existing value. */
const sets = /(\w+) = (if_not_exists\(\w+, )?(:\w+)/g

const updated = (
  item: Item,
  { UpdateExpression, ExpressionAttributeValues: values }: z.infer<typeof Update>,
) => {
  for (const [, name = '', onlyOnce, value = ''] of UpdateExpression.matchAll(sets))
    if (!onlyOnce || item[name] === undefined) item[name] = values[value]
  if (UpdateExpression.includes('ADD rev'))
    item.rev = { N: String(Count.parse(item.rev ?? { N: '0' }).N + 1) }
  return item
}

/** The attributes of an item that an update names. */
const namedIn = ({ UpdateExpression }: z.infer<typeof Update>, item: Item): Item =>
  Object.fromEntries(
    ['rev', ...[...UpdateExpression.matchAll(sets)].map(([, name = '']) => name)].map((name) => [
      name,
      item[name],
    ]),
  )

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** `items` are in the table from the start, whatever the table's name. */
export const startPromptTable = async (items: readonly Item[]) => {
  const name = (key: unknown): string => JSON.stringify(key)
  const given = new Map(items.map((item) => [name([item.pk, item.sk]), item]))
  const stored = new Map<string, Item>()
  let calls = 0
  const answer = (request: IncomingMessage, text: string): object => {
    calls++
    const operation = String(request.headers['x-amz-target'])
    if (!operation.endsWith('.UpdateItem')) throw new Error(`${operation} was not expected`)
    const update = Update.parse(JSON.parse(text))
    const { TableName, Key, ReturnValues } = update
    const key = name([Key.pk, Key.sk])
    const item = updated({ ...(stored.get(TableName + key) ?? given.get(key) ?? Key) }, update)
    stored.set(TableName + key, item)
    if (ReturnValues === 'UPDATED_NEW') return { Attributes: namedIn(update, item) }
    return ReturnValues === 'ALL_NEW' ? { Attributes: item } : {}
  }
  // On a busy machine a client may reuse a connection just as it would be closed.
  const server = createServer({ keepAliveTimeout: 0 }, async (request, response) => {
    const body = JSON.stringify(answer(request, await textOf(request)))
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    calls: (): number => calls,
    stop: (): void => {
      server.closeAllConnections()
      server.close()
    },
  }
}
