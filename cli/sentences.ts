import { ApiError, remedies, UnreachableError } from '../client/index.ts'
import { type Exit, exit, Failure } from './exit.ts'
import { plain } from './output/text.ts'

/** An error as sentences for the user. Never a stack trace. */
export type Explanation = { sentence: string; remedy?: string | undefined; exit: Exit }

/** Advice by status, for problem types without advice, or whose advice is for the console. */
const byStatus = ({ status, requestId }: ApiError): string => {
  if (status === 0)
    return 'Look at the address (--url, GROUNDCREW_URL) and at your network. On a laptop, start it: npm start'
  if (status < 300) return 'Look at the address (--url, GROUNDCREW_URL), and at which version runs there.'
  if (status === 401) return 'Sign in: groundcrew login. Machines: docs/cli.md.'
  if (status === 403) return 'Ask an administrator for the permission, or sign in as somebody who has it.'
  if (status === 404)
    return 'Look at what you named. It may be of a fleet that is not yours, or no longer kept.'
  if (status === 409) return 'Look at what stands in the way, then try again.'
  if (status === 410) return 'Collect the logs again, as long as the dock still has them.'
  if (status === 422 || status === 400) return 'Correct what is named, then try again.'
  if (status === 429) return 'Wait a moment, then try again.'
  const where = requestId === undefined ? '' : `, under ${requestId}`
  return `Try again in a moment. If it stays, the reason is in the logs of the backend${where}.`
}

/** Commands that solve a problem, by type. */
const byType: Readonly<Record<string, string>> = {
  'no-listing': 'Ask the dock first: groundcrew logs list <dock> --ask',
  'dock-absent': 'Wait until it is back, or try all the same with --force.',
  'campaign-empty':
    'Give it devices: groundcrew campaigns create <campaign> with --device, --devices-from or --label',
  'upload-too-long': 'Select fewer logs, for instance with --last 1.',
  'wrong-campaign-state': 'Look at its state: groundcrew campaigns show <campaign>',
  'attempt-ended': 'There is nothing to close. To see how it ended: groundcrew upgrades list <device>',
}

/** The same for problems that name an upload, as the commands take it: `<dock> <id>`. */
const byUpload: Readonly<Record<string, (upload: string) => string>> = {
  'dock-busy': (upload) => `Wait until that upload has ended, or cancel it: groundcrew logs cancel ${upload}`,
  'upload-ended': (upload) =>
    `There is nothing to stop. To see how it ended: groundcrew logs watch ${upload}`,
}

const uploadIn = (href = ''): string => {
  const [, dock = '<dock>', id = '<id>'] = /^\/v1\/docks\/(\w+)\/log-uploads\/([\w-]+)$/.exec(href) ?? []
  return `${dock} ${id}`
}

/** Problems whose details address programs; the commands above say the same to people. */
const detailsForPrograms: ReadonlySet<string | undefined> = new Set(['dock-absent', 'campaign-empty'])

/** Without sentences about the field `href`, for the same reason. */
const forPeople = (detail = ''): string => detail.replaceAll(/[^.]*`href`[^.]*\. ?/g, '').trim()

const remedyOf = (type: string): string | undefined =>
  [byType, remedies].find((known) => Object.hasOwn(known, type))?.[type]

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const withStop = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

const ofApi = (error: ApiError): Explanation => {
  const { title, detail, type = '', href } = error
  const what = [title, detailsForPrograms.has(type) ? '' : forPeople(detail)]
    .filter(Boolean)
    .map((text) => withStop(plain(text)))
  const ofUpload = Object.hasOwn(byUpload, type) ? byUpload[type]?.(uploadIn(href)) : undefined
  const at = href === undefined || ofUpload !== undefined ? [] : [`In the way: ${plain(href)}`]
  const remedy = ofUpload ?? remedyOf(type) ?? byStatus(error)
  return { sentence: [...what, ...at].join(' '), remedy, exit: exit.couldNot }
}

/**
 * The error of a command whose address is that of the last login: if nothing answers there, it says where the
 * address comes from, and how to use another. `here`: the address of the folder's own npm start.
 */
export const atStoredAddress = (error: unknown, file: string, here: string | undefined): unknown => {
  if (!(error instanceof UnreachableError)) return error
  const { sentence, remedy } = ofApi(error)
  const other = here === undefined ? '' : ` The npm start of this folder is at ${here}.`
  return new Failure(sentence, {
    remedy:
      `This address is that of the last login, in ${file}.${other} ` +
      `To use another: groundcrew login --url ${here ?? '<address>'}. To forget it, remove that file.\n${remedy}`,
  })
}

/** @returns the message, and its exit status */
export const explain = (error: unknown): Explanation => {
  if (error instanceof Failure)
    return { sentence: withStop(plain(error.message)), remedy: error.remedy, exit: error.exit }
  if (error instanceof ApiError) return ofApi(error)
  const message = error instanceof Error ? error.message : String(error)
  return {
    sentence: withStop(capital(plain(message))),
    remedy: 'This should not happen. Try again with GROUNDCREW_DEBUG=1, and report what it shows.',
    exit: exit.couldNot,
  }
}
