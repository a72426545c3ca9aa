/** The parts of a CloudFormation template that are read here. */
import * as z from 'zod'

/** A JSON value of a template or of what it resolves to. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const isJson = (value: unknown): value is Json => {
  if (Array.isArray(value)) return value.every(isJson)
  if (typeof value === 'object') return value === null || Object.values(value).every(isJson)
  return ['boolean', 'number', 'string'].includes(typeof value)
}

/**
 * Written by hand: trying each kind for each of ten thousand values with `z.json()` took most of the start's
 * own time.
 */
const JsonValue = z.custom<Json>(isJson, 'must be JSON')

const Properties = z.record(z.string(), JsonValue)

const Resource = z.object({
  Type: z.string(),
  Properties: Properties.default({}),
  Condition: z.never('conditions are not supported').optional(),
})
const Output = z.object({ Value: JsonValue })

export const Template = z.object({
  Resources: z.record(z.string(), Resource),
  Outputs: z.record(z.string(), Output).default({}),
})
export type Template = z.infer<typeof Template>

/** An object of a template, as opposed to an array. */
export const isRecord = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
