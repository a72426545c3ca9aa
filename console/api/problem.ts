import * as z from 'zod/mini'

/**
 * What the API answered instead of what was asked for: a problem document (RFC 9457), or `{ message }` where
 * API Gateway answers by itself, or the network's silence, whose status is 0.
 */
export class ApiError extends Error {
  readonly status: number
  readonly title: string
  /** What exactly was wrong, if the API says. */
  readonly detail: string | undefined
  /** The record that stands in the way, as the API addresses it. */
  readonly href: string | undefined
  /** The same, where it is several. */
  readonly hrefs: readonly string[]
  /** The last part of the problem's `type`, which tells problems apart. */
  readonly type: string | undefined
  /** The id of the request in the backend's logs. */
  readonly requestId: string | undefined

  constructor(
    status: number,
    title: string,
    {
      detail,
      href,
      hrefs = [],
      requestId,
      type,
    }: {
      detail?: string | undefined
      href?: string | undefined
      hrefs?: readonly string[] | undefined
      requestId?: string | undefined
      type?: string | undefined
    } = {},
  ) {
    super(title)
    this.name = 'ApiError'
    this.status = status
    this.title = title
    this.detail = detail
    this.href = href
    this.hrefs = hrefs
    this.requestId = requestId
    this.type = type
  }
}

const Problem = z.object({
  type: z.optional(z.string()),
  title: z.string(),
  detail: z.optional(z.string()),
  href: z.optional(z.string()),
  hrefs: z.optional(z.array(z.string())),
  instance: z.optional(z.string()),
  errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
})
const Message = z.object({ message: z.string() })

/** The error of an answer that is no success; `body` is its JSON, whatever that is. */
export const problemOf = (status: number, body: unknown): ApiError => {
  const problem = Problem.safeParse(body)
  if (problem.success) {
    const { title, detail, href, hrefs, instance, type, errors = [] } = problem.data
    const faults = errors.map(({ path, message }) => `${path} ${message}`)
    const told = [detail, ...faults].filter(Boolean).join(' ') || undefined
    return new ApiError(status, title, {
      detail: told,
      href,
      hrefs,
      requestId: instance && /^urn:uuid:([\da-f-]{36})$/i.exec(instance)?.[1],
      type: type?.split('/').at(-1),
    })
  }
  const message = Message.safeParse(body)
  return new ApiError(status, message.success ? message.data.message : `The API answered ${status}`)
}

/** Where the status alone would give no advice, or another. */
const remedies: Readonly<Record<string, string>> = {
  'approval-by-maker':
    'Ask somebody else who may operate it: whoever gave the campaign its settings may not.',
  'package-downloads-off': 'Take the usual offer, or ask whoever runs Groundcrew to deploy packageDownloads.',
  'package-in-use': 'Wait until these have ended, or abort them, then delete it.',
  'package-fixed': 'Make another package, under another id.',
  'package-deleted': 'Make another package, under another id.',
  'package-not-ready': 'Upload its file, and wait until it is proved.',
  'package-not-uploaded': 'Upload the file again: what has come already is kept.',
  'campaign-empty': 'Choose devices for it, one by one or by what they are.',
  'campaign-started': 'Make another campaign for these devices.',
  'campaign-has-devices': 'Make another campaign, under another id.',
  'webhook-ended': 'Change and save the webhook to begin anew.',
  'too-many-webhooks': 'Delete one that is needed no more.',
  'too-many-collections': 'Delete one that is needed no more.',
  'collection-disabled': 'Change it to be enabled, then run it.',
  'debug-mode-held': 'Wait until it is given back, or close it first.',
  'dock-not-idle': 'Wait until the dock is idle, then try again.',
  'wrong-campaign-state': 'Look at the campaign again: it has changed since.',
}

/** What someone can do about an error, by what it is or by its status. */
export const whatToTry = (error: unknown): string => {
  const remedy = error instanceof ApiError && error.type !== undefined ? remedies[error.type] : undefined
  if (remedy !== undefined) return remedy
  const status = error instanceof ApiError ? error.status : undefined
  if (status === 0) return 'Check your connection. This page tries again by itself.'
  if (status === 401) return 'Sign in again: the session may have ended.'
  if (status === 403) return 'Ask an administrator for the permission, or sign in as somebody who has it.'
  if (status === 404)
    return 'Check the address. The record may be of a fleet that is not yours, or no longer kept.'
  if (status === 409) return 'Look at what stands in the way, then try again.'
  if (status === 410) return 'Start the upload again, as long as the dock still has the logs.'
  if (status === 422 || status === 400) return 'Correct what is named, then try again.'
  if (status === 429) return 'Wait a moment, then try again: there were too many requests.'
  const requestId = error instanceof ApiError ? error.requestId : undefined
  const where = `in the logs of the backend${requestId ? `, under ${requestId}` : ''}`
  return `Try again in a moment. If it stays, the reason is ${where}.`
}
