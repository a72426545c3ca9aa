import type { TestContext } from 'node:test'
import * as z from 'zod'
import { moduleCodes } from '../../protocols/dji-remote-log/module-codes.ts'
import { topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { progressPayload, replyPayload } from './dock-messages.ts'
import { connectDevice } from './local-run.ts'
import { dockLogs, operatorOf, type Selection } from './operator.ts'
import { type Backend, newDockSn } from './story.ts'

/** A command as it arrives, in the vendor's words. */
const Command = z.object({ tid: z.string(), bid: z.string(), method: z.string(), data: z.looseObject({}) })
export type Command = z.infer<typeof Command>

const Start = z.object({
  bucket: z.string(),
  region: z.string(),
  endpoint: z.string(),
  provider: z.string(),
  credentials: z.object({
    access_key_id: z.string(),
    access_key_secret: z.string(),
    security_token: z.string(),
    expire: z.number(),
  }),
  params: z.object({ files: z.array(z.object({ object_key: z.string(), module: z.string() })).min(1) }),
})

type Report = {
  status: string
  step?: number
  percent?: number
  size?: number
  md5?: string
  result?: number
}

const listed = (bootIndex: number) => ({
  boot_index: bootIndex,
  size: 1000,
  start_time: 1_700_000_000,
  end_time: 1_700_003_600,
})

/**
 * A registered dock that does nothing by itself: the story says what it hears and answers, message by
 * message. Its logs are the boots 1 to 3 of both devices.
 */
export const dockByHand = async (t: TestContext, backend: Backend, settings: { fleet?: string } = {}) => {
  const operator = operatorOf(backend, newDockSn())
  await operator.register(settings)
  const dock = await attendDock(t, backend, operator.dockSn)
  return { ...operator, ...dock, startUpload: uploadStarter(operator, dock) }
}
export type DockByHand = Awaited<ReturnType<typeof dockByHand>>

/** The dock's end of the line, for a dock that is registered already. */
export const attendDock = async (t: TestContext, backend: { mqttUrl: string }, dockSn: string) => {
  const topics = topicsOf(dockSn)
  const device = await connectDevice(t, backend.mqttUrl, [topics.services])
  const answer = ({ tid, bid, method }: Command, data: object) =>
    device.publish(topics.servicesReply, { ...replyPayload(tid, data, method), bid })
  return {
    topics,
    publish: device.publish,
    /** The next command. */
    hear: async (): Promise<Command> => Command.parse((await device.next(topics.services)).payload),
    answer,
    answerListing: (command: Command) =>
      answer(command, {
        result: 0,
        files: Object.values(moduleCodes).map((module) => ({
          module,
          result: 0,
          list: [1, 2, 3].map(listed),
        })),
      }),
    /** Reports one archive of the job that a start command is about, as far as `report` says. */
    report: (start: Command, { status, step = 1, percent = 0, ...archive }: Report) => {
      const [file] = Start.parse(start.data).params.files
      const { size = 1000, md5 = '', result = 0 } = archive
      const progress = { status, current_step: step, total_step: 3, progress: percent, result }
      const reported = {
        module: file?.module ?? '',
        key: file?.object_key ?? '',
        size,
        fingerprint: md5,
        progress,
      }
      return device.publish(topics.events, progressPayload(start.bid, [reported], status))
    },
  }
}

/** Lists the logs once and has an upload started: what the operator then sees, and what the dock hears. */
const uploadStarter = (
  operator: Pick<ReturnType<typeof operatorOf>, 'list' | 'start'>,
  dock: Awaited<ReturnType<typeof attendDock>>,
) => {
  let isListed = false
  return async (selections: readonly Selection[] = dockLogs, more: { retries?: number } = {}) => {
    if (!isListed) await Promise.all([operator.list(), dock.hear().then(dock.answerListing)])
    isListed = true
    const [upload, command] = await Promise.all([operator.start(selections, more), dock.hear()])
    return { upload, command }
  }
}

/** Where a start command says to upload to, with which credentials and under which keys. */
export const lentBy = (command: Command) => {
  const { credentials, params, ...place } = Start.parse(command.data)
  return {
    ...place,
    expiresAt: credentials.expire,
    keys: params.files.map(({ object_key }) => object_key),
    credentials: {
      accessKeyId: credentials.access_key_id,
      secretAccessKey: credentials.access_key_secret,
      sessionToken: credentials.security_token,
    },
  }
}
export type Lent = ReturnType<typeof lentBy>
