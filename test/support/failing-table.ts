import type { Table } from '../../lambdas/table/client.ts'

type Command = Parameters<Table['client']['send']>[0]
/**
 * What happens to a call: it fails before it reaches the database, or after the database has done what it
 * says.
 */
export type Fate = 'lost' | 'unanswered' | undefined

/** The way to the table broke down. */
export class NoConnection extends Error {
  override readonly name = 'TimeoutError'
}

/** A call by what it asks for, `PutCommand {"TableName":…}`. */
const asText = (command: Command): string => `${command.constructor.name} ${JSON.stringify(command.input)}`

/** The same table over a line that fails for the calls that `fateOf` picks. */
export const failingTable = (table: Table, fateOf: (call: string) => Fate | Promise<Fate>): Table => {
  const send = async (command: Command) => {
    const fate = await fateOf(asText(command))
    if (fate === 'lost') throw new NoConnection()
    const answer = await table.client.send(command)
    if (fate === 'unanswered') throw new NoConnection()
    return answer
  }
  const client = new Proxy(table.client, {
    get: (target, name) => (name === 'send' ? send : Reflect.get(target, name)),
  })
  return { ...table, client }
}

/** Fails the first call that matches, once. */
export const failOnce = (table: Table, matching: RegExp, fate: Fate = 'lost'): Table => {
  let failed = false
  return failingTable(table, (call) => {
    if (failed || !matching.test(call)) return undefined
    failed = true
    return fate
  })
}

/** Does something else just before the first call that matches: another function is faster. */
export const overtaken = (table: Table, matching: RegExp, meanwhile: () => Promise<unknown>): Table => {
  let isOver = false
  return failingTable(table, async (call) => {
    if (isOver || !matching.test(call)) return undefined
    isOver = true
    await meanwhile()
    return undefined
  })
}
