import * as z from 'zod/mini'

const Problem = z.looseObject({
  type: z.optional(z.string()),
  title: z.string(),
  detail: z.optional(z.string()),
  href: z.optional(z.string()),
  hrefs: z.optional(z.array(z.string())),
  instance: z.optional(z.string()),
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
})
const Message = z.object({ message: z.string() })

/** The details of an unsuccessful answer. */
type Details = {
  detail?: string | undefined
  href?: string | undefined
  hrefs?: readonly string[] | undefined
  requestId?: string | undefined
  type?: string | undefined
  members?: Readonly<Record<string, unknown>> | undefined
}

/**
 * An unsuccessful answer: a problem document (RFC 9457), or `{ message }` from API Gateway itself, or no
 * answer at all, with status 0.
 */
export class ApiError extends Error {
  readonly status: number
  readonly title: string
  /** The exact fault, if the API gives one. */
  readonly detail: string | undefined
  /** The path of the record that is in the way. */
  readonly href: string | undefined
  /** The same for several records. */
  readonly hrefs: readonly string[]
  /** The last part of the problem's `type`, which identifies the problem. */
  readonly type: string | undefined
  /** The id of the request in the backend's logs. */
  readonly requestId: string | undefined
  /** The problem's other fields, unchanged. */
  readonly members: Readonly<Record<string, unknown>>

  constructor(status: number, title: string, details: Details = {}) {
    super(title)
    this.name = new.target.name
    this.status = status
    this.title = title
    this.detail = details.detail
    this.href = details.href
    this.hrefs = details.hrefs ?? []
    this.requestId = details.requestId
    this.type = details.type
    this.members = details.members ?? {}
  }
}

/** No answer came: the address is wrong, or network or backend are down. */
export class UnreachableError extends ApiError {
  constructor(title = 'The backend cannot be reached', details: Details = {}) {
    super(0, title, details)
    this.name = 'UnreachableError'
  }
}

/** The error class for a problem type; absent: any. */
type ClassOf = (type: string | undefined, status: number) => typeof ApiError | undefined

/** The error of an unsuccessful answer; `body` is its parsed JSON, of any shape. */
export const problemOf = (status: number, body: unknown, classOf: ClassOf = () => undefined): ApiError => {
  const problem = Problem.safeParse(body)
  if (problem.success) {
    const { title, detail, href, hrefs, instance, type: address, errors = [], ...members } = problem.data
    const faults = errors.map(({ path, message }) => `${path} ${message}`)
    const type = address?.split('/').at(-1)
    const Class = classOf(type, status) ?? ApiError
    return new Class(status, title, {
      href,
      hrefs,
      type,
      members,
      detail: [detail, ...faults].filter(Boolean).join(' ') || undefined,
      requestId: instance && /^urn:uuid:([\da-f-]{36})$/i.exec(instance)?.[1],
    })
  }
  const message = Message.safeParse(body)
  const title = message.success ? message.data.message : `The API answered ${status}`
  return new (classOf(undefined, status) ?? ApiError)(status, title)
}
