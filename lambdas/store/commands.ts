import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table } from './dynamodb.ts'
import { commandKey } from './keys.ts'

/** Which record a command was sent for, so that its reply, which names only the command, finds it. Never changes. */

const Command = z.object({ kind: z.enum(['list', 'start', 'cancel']), subject: z.string() })
export type Command = z.infer<typeof Command>
export type CommandStore = ReturnType<typeof commandStore>

export const commandItem = (dockSn: string, { id, ...command }: Command & { id: string }) => ({
  ...commandKey(dockSn, id),
  ...command,
})

export const commandStore = (table: Table) => ({
  add: async (dockSn: string, command: Command & { id: string }, now: number): Promise<void> => {
    const expiresAt = expiry(now, table.retention.commands)
    await table.client.send(
      new PutCommand({ TableName: table.name, Item: { ...commandItem(dockSn, command), expiresAt } }),
    )
  },

  find: async (dockSn: string, id: string): Promise<Command | undefined> => {
    const { Item } = await table.client.send(
      new GetCommand({ TableName: table.name, Key: commandKey(dockSn, id), ConsistentRead: true }),
    )
    return Item && Command.parse(Item)
  },
})
