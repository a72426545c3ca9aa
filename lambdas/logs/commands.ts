import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { expiry, type Table, unlessRefused } from '../table/client.ts'
import { commandKey } from '../table/keys.ts'

/**
 * The record for which a command was sent: a reply names only the command. `answered`: the order of the
 * earliest reply that was recorded, kept only for commands whose replies are expensive to record again.
 */
const Command = z.object({
  kind: z.enum(['list', 'start', 'cancel']),
  subject: z.string(),
  answered: z.optional(z.string()),
})
export type Command = z.infer<typeof Command>
type NewCommand = Omit<Command, 'answered'> & { id: string }
export type CommandStore = ReturnType<typeof commandStore>

export const commandItem = (dockSn: string, { id, ...command }: NewCommand) => ({
  ...commandKey(dockSn, id),
  ...command,
})

export const commandStore = (table: Table) => ({
  add: async (dockSn: string, command: NewCommand, now: number): Promise<void> => {
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

  /**
   * Marks a reply as recorded completely. Safe to repeat: the earliest reply, with the greatest order, stays.
   */
  answered: async (dockSn: string, id: string, order: string): Promise<void> => {
    await unlessRefused(
      table.client.send(
        new UpdateCommand({
          TableName: table.name,
          Key: commandKey(dockSn, id),
          UpdateExpression: 'SET answered = :order',
          ConditionExpression:
            'attribute_exists(pk) AND (attribute_not_exists(answered) OR answered < :order)',
          ExpressionAttributeValues: { ':order': order },
        }),
      ),
    )
  },
})
