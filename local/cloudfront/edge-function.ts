import { Buffer } from 'node:buffer'
import crypto from 'node:crypto'
import { compileFunction, createContext } from 'node:vm'
import * as z from 'zod'

/**
 * A CloudFront Function, run from the deployed code. It gets the modules `crypto` and `cloudfront`, and
 * nothing of Node that the CloudFront runtime lacks. Its time limit, and the newer syntax that it does not
 * know, can be seen only in AWS.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
 */
export type EdgeFunction = (event: ViewerRequest) => Promise<EdgeAnswer>

/** `get` rejects if the key does not exist. */
export type KeyValueStore = { get: (key: string) => Promise<string> }

const Values = z.record(z.string(), z.looseObject({ value: z.string() }))

/** `uri` and the query values are not decoded. */
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
/** The request that is forwarded to the origin, or a response instead. */
export type EdgeAnswer = z.infer<typeof Answer>

const importLine = /^import (\w+) from '(\w+)'$/gm

/**
 * Node's loader does not know `cloudfront`, so each import becomes a call of `modules`; the other lines stay
 * as they are.
 */
const bodyOf = (code: string): string =>
  `${code.replace(importLine, (_, name, module) => `const ${name} = modules('${module}')`)}\nreturn handler`

/** @throws Error for code that does not compile, or that imports another module. */
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
