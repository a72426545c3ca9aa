import * as z from 'zod'
import { methods as upgradeMethods } from '../../protocols/dji-firmware/topics.ts'
import type { Module } from '../../protocols/dji-remote-log/facts.ts'
import { moduleOf } from '../../protocols/dji-remote-log/module-codes.ts'
import { methods } from '../../protocols/dji-remote-log/topics.ts'
import { type DebugOrder, debugOrders } from './debugging/power.ts'
import { UpgradeOrder } from './firmware/orders.ts'
import type { LentStorage } from './logs/archive-upload.ts'

/** A command with valid parameters. */
export type Order =
  | { method: typeof methods.list; modules: Module[] }
  | { method: typeof methods.start; storage: LentStorage; files: ChosenLogs[] }
  | { method: typeof methods.update; modules: Module[] }
  | UpgradeOrder
  | DebugOrder

export type ChosenLogs = { module: Module; objectKey: string; bootIndexes: number[] }

/** A command for a simulated dock. Without `order` its parameters are invalid. */
export type Command = { tid: string; bid: string; method: string; order?: Order }

/** Only the strings of the vendor's examples: our own messages must be strict. */
const ModuleCode = z.string().transform((code, context): Module => {
  const module = moduleOf(code)
  if (module) return module
  context.addIssue('not a module')
  return z.NEVER
})
const Modules = z
  .array(ModuleCode)
  .min(1)
  .max(2)
  .refine((modules) => new Set(modules).size === modules.length)
const Text = z.string().min(1)

const Storage = z.object({
  provider: z.enum(['ali', 'aws', 'minio']),
  endpoint: z.url({ protocol: /^https?$/ }),
  region: Text,
  bucket: Text,
  credentials: z.object({
    access_key_id: Text,
    access_key_secret: Text,
    security_token: Text,
    expire: z.number(),
  }),
})

const File = z.object({
  module: ModuleCode,
  object_key: Text,
  list: z.array(z.object({ boot_index: z.int() })).min(1),
})

const Start = Storage.extend({ params: z.object({ files: z.array(File).min(1).max(2) }) })

const ListOrder = z.object({ module_list: Modules }).transform((data) => ({
  method: methods.list,
  modules: data.module_list,
}))

const StartOrder = Start.transform(({ credentials, params, ...place }) => ({
  method: methods.start,
  storage: {
    ...place,
    accessKeyId: credentials.access_key_id,
    secretAccessKey: credentials.access_key_secret,
    sessionToken: credentials.security_token,
  },
  files: params.files.map(({ module, object_key, list }) => ({
    module,
    objectKey: object_key,
    bootIndexes: list.map((log) => log.boot_index),
  })),
})).refine(({ files }) => new Set(files.map((file) => file.module)).size === files.length)

const UpdateOrder = z.object({ status: z.literal('cancel'), module_list: Modules }).transform((data) => ({
  method: methods.update,
  modules: data.module_list,
}))

const orders = {
  [methods.list]: ListOrder,
  [methods.start]: StartOrder,
  [methods.update]: UpdateOrder,
  [upgradeMethods.create]: UpgradeOrder,
  ...debugOrders,
} as const

const Envelope = z.object({ tid: Text, bid: Text, method: z.keyof(z.object(orders)), data: z.unknown() })

const parseJson = (payload: string): unknown => {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}

/** Parses a message on the dock's `services` topic; undefined if it is not a known command. */
export const readCommand = (payload: string): Command | undefined => {
  const envelope = Envelope.safeParse(parseJson(payload))
  if (!envelope.success) return undefined
  const { data, ...command } = envelope.data
  const order = orders[command.method].safeParse(data)
  return order.success ? { ...command, order: order.data } : command
}

const Acknowledgement = z.object({ tid: Text })

/** The id of the event that a message on the dock's `events_reply` topic acknowledges. */
export const readAcknowledgement = (payload: string): string | undefined =>
  Acknowledgement.safeParse(parseJson(payload)).data?.tid
