import { Buffer } from 'node:buffer'
import crypto from 'node:crypto'
import { compileFunction, createContext } from 'node:vm'
import * as z from 'zod'

/**
 * A CloudFront Function, as its code is deployed: with the modules `crypto` and `cloudfront`, and nothing of
 * Node besides what that runtime has. How long it may take, and which of the language's newer words it does
 * not know, is seen in AWS only.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
export type EdgeFunction = (event: ViewerRequest) => Promise<EdgeAnswer>

/** `get` rejects where there is no such key. */
export type KeyValueStore = { get: (key: string) => Promise<string> }

const Values = z.record(z.string(), z.looseObject({ value: z.string() }))

/** `uri` and the values of the query are as they stand in the address. */
const Request = z.object({ method: z.string(), uri: z.string(), querystring: Values, headers: Values })
const Response = z.object({
  statusCode: z.number(),
  statusDescription: z.string().optional(),
  headers: Values.default({}),
  body: z.string().default(''),
})
const Answer = z.union([Response, Request])

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html */
export type ViewerRequest = { version: '1.0'; request: z.infer<typeof Request> }
/** The request that goes on to the origin, or what is answered in its place. */
export type EdgeAnswer = z.infer<typeof Answer>

const importLine = /^import (\w+) from '(\w+)'$/gm

/** Node's loader knows no `cloudfront`, so the lines that import are given what they name; the rest stands. */
const bodyOf = (code: string): string =>
  `${code.replace(importLine, (_, name, module) => `const ${name} = modules('${module}')`)}\nreturn handler`

/**
 * @throws Error for code that does not compile, or that imports something else.
 */
export const edgeFunction = (
  code: string,
  { keys, now, log }: { keys: KeyValueStore; now: () => number; log: (line: string) => void },
): EdgeFunction => {
  const known: Record<string, unknown> = { crypto, cloudfront: { kvs: () => keys } }
  const modules = (name: string): unknown => {
    if (!Object.hasOwn(known, name)) throw new Error(`CloudFront Functions have no module ${name}`)
    return known[name]
  }
  const parsingContext = createContext({ Buffer, console: { log }, Date: { now } })
  const make = compileFunction(bodyOf(code), ['modules'], { parsingContext })
  const handler: unknown = make(modules)
  if (typeof handler !== 'function') throw new Error('The function has no handler')
  return async (event) => Answer.parse(await Reflect.apply(handler, undefined, [structuredClone(event)]))
}
