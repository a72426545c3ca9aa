import type { Archives, PresignWith } from '../archives/presigned-requests.ts'
import {
  credentialsLifetimeSeconds,
  type LendCredentials,
  type UploadCredentials,
} from '../credentials/provider.ts'
import { probeScope } from '../probe-key.ts'
import type { Came, Provider, StepName } from './causes.ts'
import { archiveParts, type Probe } from './probe.ts'
import { type Answer, cameOf, isDone, type Requests, requestsAs, send } from './requests.ts'

/** What the steps work with; the archives as the backend reaches them. */
export type StepNeeds = {
  lend: LendCredentials
  archives: Pick<Archives, 'find' | 'link' | 'remove'>
  presignWith: PresignWith
  provider: Provider
}

/**
 * One step with a probe: undefined if all went as it should, `notApplicable` where the provider has no such
 * thing.
 */
export type Step = (
  use: StepNeeds,
  probe: Probe,
  signal: AbortSignal,
) => Promise<Came | 'notApplicable' | undefined>

const lendFor = ({ lend }: StepNeeds, { id }: Probe, key: string): Promise<UploadCredentials> =>
  lend({ ...probeScope, uploadId: id, keys: [key], lifetimeSeconds: credentialsLifetimeSeconds })

const dockWith = (
  { presignWith }: StepNeeds,
  lent: UploadCredentials | undefined,
  signal: AbortSignal,
): Requests => {
  if (!lent) throw new Error('Nothing was lent')
  return requestsAs(presignWith({ ...lent.storage, credentials: lent.credentials }), signal)
}

/**
 * MinIO's STS says AccessDenied whatever is wrong, with the key, its secret, its user or the region
 * (`checkAssumeRoleAuth` in its `cmd/sts-handlers.go`). A request with the same key pair to the bucket gets
 * an answer that tells these apart.
 */
const whyNotLent = async (
  { provider, archives }: StepNeeds,
  { key }: Probe,
  { error, signal }: { error: unknown; signal: AbortSignal },
): Promise<Came> => {
  const came = cameOf(error, 'lend')
  if (provider !== 'minio' || came.code !== 'AccessDenied') return came
  const answer = await send('get', await archives.link(key, 'probe.tar', 60), { method: 'GET', signal })
  return ['NoSuchKey', 'AccessDenied'].includes(answer.code ?? '') ? { ...came, keysAreGood: true } : answer
}

const lend: Step = async (use, probe, signal) => {
  try {
    probe.lent = await lendFor(use, probe, probe.key)
    return undefined
  } catch (error) {
    return whyNotLent(use, probe, { error, signal })
  }
}

/** Puts; what is stored, by right or not, is taken away at the end. */
const putAt = async (dock: Requests, { content, stored }: Probe, key: string): Promise<Answer> => {
  // Storage may have it though its answer comes too late: so it counts as stored until the contrary is known.
  stored.add(key)
  try {
    const answer = await dock.put(key, content.whole)
    if (!isDone(answer)) stored.delete(key)
    return answer
  } catch (error) {
    const isLate = error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)
    if (!isLate) stored.delete(key)
    throw error
  }
}

const put: Step = async (use, probe, signal) => {
  const answer = await putAt(dockWith(use, probe.lent, signal), probe, probe.key)
  // What is no storage may answer anything with a page; storage says what it has stored.
  return isDone(answer) && answer.etag ? undefined : answer
}

const putInParts: Step = async (use, { lent, key, content }, signal) => {
  const dock = dockWith(use, lent, signal)
  return archiveParts(dock, { key, content: content.inParts }, ({ uploadId, etag }) => [
    () => dock.listParts(key, uploadId),
    () => dock.complete(key, uploadId, etag),
  ])
}

const abort: Step = async (use, { lent, key, content }, signal) => {
  const dock = dockWith(use, lent, signal)
  return archiveParts(dock, { key, content: content.whole }, ({ uploadId }) => [
    () => dock.abort(key, uploadId),
  ])
}

const keepToKey: Step = async (use, probe, signal) => {
  const dock = dockWith(use, probe.lent, signal)
  const attempts: [what: string, attempt: () => Promise<Answer>][] = [
    ['put beside the key', () => putAt(dock, probe, probe.beside)],
    ['put under the key in another case', () => putAt(dock, probe, probe.otherCase)],
    ['put into another folder', () => putAt(dock, probe, probe.elsewhere)],
    ['read', () => dock.get(probe.key)],
    ['list', () => dock.list()],
    ['delete', () => dock.remove(probe.key)],
  ]
  const allowed: string[] = []
  for (const [what, attempt] of attempts) {
    const answer = await attempt()
    if (isDone(answer)) allowed.push(what)
    else if (answer.status !== 403) return answer
  }
  return allowed.length > 0 ? { allowed } : undefined
}

/**
 * The role's own fence, which only AWS has: a session policy that names another folder must open nothing
 * there.
 */
const keepToFolder: Step = async (use, probe, signal) => {
  if (use.provider !== 'aws') return 'notApplicable'
  const lent = await lendFor(use, probe, probe.elsewhere)
  const answer = await putAt(dockWith(use, lent, signal), probe, probe.elsewhere)
  if (isDone(answer)) return { allowed: ['put into another folder'] }
  return answer.status === 403 ? undefined : answer
}

const read: Step = async ({ archives }, probe, signal) => {
  // A HEAD has no body that says why it is refused; but it takes up a rotated key pair, which signing a link
  // cannot.
  const found = await archives.find(probe.key).catch(() => undefined)
  const link = await archives.link(probe.key, 'probe.tar', 60)
  const answer = await send('get', link, { method: 'GET', signal })
  if (!isDone(answer)) return answer
  const { inParts } = probe.content
  probe.isRead = found?.size === inParts.length && answer.text === inParts
  return probe.isRead ? undefined : answer
}

const remove: Step = async ({ archives }, { key, stored, isRead }) => {
  try {
    await Promise.all([...stored].map((one) => archives.remove(one)))
  } catch (error) {
    return cameOf(error, 'delete')
  }
  // Who may not read is refused a look too, which would say nothing of the right to list.
  if (!isRead) return undefined
  try {
    return (await archives.find(key)) ? { request: 'look', status: 200 } : undefined
  } catch (error) {
    return cameOf(error, 'look')
  }
}

/** In order, up to `remove`, which is done whatever came before, if anything was stored. */
export const steps: readonly (readonly [Exclude<StepName, 'remove'>, Step])[] = [
  ['lend', lend],
  ['put', put],
  ['putInParts', putInParts],
  ['abort', abort],
  ['keepToKey', keepToKey],
  ['keepToFolder', keepToFolder],
  ['read', read],
]
export const lastStep: readonly ['remove', Step] = ['remove', remove]
