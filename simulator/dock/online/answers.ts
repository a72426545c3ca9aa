import * as z from 'zod'
import { methods } from '../../../protocols/dji-dock/topics.ts'

/**
 * The schemas of the server's answers, strict so that a dock never comes online by mistake. Pages "Config"
 * and "Organization" of Dock 1, 2 and 3 in DJI's Cloud API.
 */

const Text = z.string().min(1)

/** The only answer that is not wrapped in `result` and `output`. */
const Config = z.object({
  app_id: Text,
  app_key: Text,
  app_license: Text,
  ntp_server_host: Text.optional(),
  ntp_server_port: z.int().min(1).max(65_535).optional(),
})

const BindStatus = z.object({
  result: z.literal(0),
  output: z.object({
    bind_status: z.array(
      z.object({
        sn: Text,
        is_device_bind_organization: z.boolean(),
        organization_id: z.string(),
        organization_name: z.string(),
        device_callsign: z.string(),
      }),
    ),
  }),
})

const Organization = z.object({ result: z.literal(0), output: z.object({ organization_name: Text }) })

const Bound = z.object({
  result: z.literal(0),
  output: z.object({ err_infos: z.array(z.object({ sn: Text, err_code: z.int() })) }),
})

/** The schemas by method. */
export const answers = {
  [methods.config]: Config,
  [methods.bindStatus]: BindStatus,
  [methods.organization]: Organization,
  [methods.bind]: Bound,
  [methods.flightAreas]: z.object({ result: z.literal(0) }),
  [methods.offlineMap]: z.object({ result: z.literal(0) }),
  [methods.topology]: z.object({ result: z.literal(0) }),
} as const

export type Method = keyof typeof answers

const Envelope = z.object({ tid: Text, data: z.unknown() })

/** The id and the content of an answer; undefined if it is not an answer. */
export const readAnswer = (payload: string): { tid: string; data: unknown } | undefined => {
  try {
    const { tid, data } = Envelope.parse(JSON.parse(payload))
    return { tid, data }
  } catch {
    return undefined
  }
}
