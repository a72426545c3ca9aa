import mqtt from 'mqtt'
import * as z from 'zod'
import { inOneLine } from '../../bin/fault-in-words.ts'
import { methods, topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import type { Budget } from './budget.ts'
import type { Asked } from './command.ts'

/** A minimal dock for remote logs: it answers commands, and sends the given reports. */

const Command = z.object({ tid: z.string(), bid: z.string(), method: z.string() })
type Command = z.infer<typeof Command>

const patienceMs = 30_000

/** The broker or the API cannot be reached: nothing runs there, or the address is wrong. */
export class Unreachable extends Error {}

export type MeasuredDock = Awaited<ReturnType<typeof connectDock>>

export const connectDock = async (asked: Asked, budget: Budget) => {
  const { dock: dockSn, cert, key, ca, username, password } = asked
  budget.spend('message', 3)
  const client = await mqtt
    .connectAsync(asked.mqtt, {
      clientId: dockSn,
      reconnectPeriod: 0,
      connectTimeout: patienceMs,
      protocolVersion: 5,
      ...(cert && key ? { cert, key } : {}),
      ...(ca ? { ca } : {}),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    })
    .catch((error: unknown) => {
      throw new Unreachable(`${asked.mqtt} lets no dock in: ${inOneLine(error)}`, { cause: error })
    })
  const topics = topicsOf(dockSn)
  const waiting: { method: string; take: (command: Command) => void }[] = []
  client.on('message', (_, payload) => {
    const command = Command.safeParse(JSON.parse(payload.toString()))
    if (!command.success) return
    const index = waiting.findIndex(({ method }) => method === command.data.method)
    const [first] = index < 0 ? [] : waiting.splice(index, 1)
    first?.take(command.data)
  })
  await client.subscribeAsync(topics.services, { qos: 1 })
  const publish = async (topic: string, message: object): Promise<void> => {
    budget.spend('message')
    await client.publishAsync(topic, JSON.stringify({ ...message, timestamp: Date.now() }), { qos: 1 })
  }
  return {
    dockSn,
    /** Resolves with the next command of a method; call it before the command is sent. */
    next: (method: string): Promise<Command> => {
      // The command and its acknowledgement.
      budget.spend('message', 2)
      return Promise.race([
        new Promise<Command>((take) => waiting.push({ method, take })),
        new Promise<never>((_, reject) =>
          setTimeout(
            () => reject(new Error(`no ${method} came within ${patienceMs / 1000} s`)),
            patienceMs,
          ).unref(),
        ),
      ])
    },
    answer: ({ tid, bid, method }: Command, data: object): Promise<void> =>
      publish(topics.servicesReply, { tid, bid, method, data }),
    report: (bid: string, data: object): Promise<void> =>
      publish(topics.events, { tid: crypto.randomUUID(), bid, method: methods.progress, data }),
    close: () => client.endAsync(),
  }
}
