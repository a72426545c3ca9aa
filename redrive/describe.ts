import * as z from 'zod'
import { sampleOf } from '../lambdas/rejected/sample.ts'

const Envelope = z.looseObject({ source: z.string(), payload: z.base64() })
const ObjectCreated = z.looseObject({ detail: z.looseObject({ object: z.looseObject({ key: z.string() }) }) })

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Describes a dead letter in one line that a person may see: its sender and content, without secrets. */
export const describe = (body: string): string => {
  const value = parsed(body)
  const envelope = Envelope.safeParse(value)
  if (envelope.success)
    return `${envelope.data.source}  ${sampleOf(Buffer.from(envelope.data.payload, 'base64'))}`
  const event = ObjectCreated.safeParse(value)
  return event.success ? event.data.detail.object.key : sampleOf(Buffer.from(body))
}
