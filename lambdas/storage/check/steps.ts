import type { Archives, PresignWith } from '../archives/presigned-requests.ts'
import {
  credentialsLifetimeSeconds,
  type LendCredentials,
  type UploadCredentials,
} from '../credentials/provider.ts'
import { probeScope } from '../probe-key.ts'
import type { Forbidden, Provider, StepName, Symptom } from './causes.ts'
import { archiveParts, type Probe } from './probe.ts'
import { type Answer, isDone, type Requests, requestsAs, send, symptomOf } from './requests.ts'

/** What the steps need; `archives` with the backend's own access. */
export type StepNeeds = {
  lend: LendCredentials
  archives: Pick<Archives, 'find' | 'link' | 'remove'>
  presignWith: PresignWith
  provider: Provider
}

/**
 * One step with a probe. Resolves to undefined if it passed, `notApplicable` if it does not apply to the
 * provider, else to the response or error.
 */
export type Step = (
  use: StepNeeds,
  probe: Probe,
  signal: AbortSignal,
) => Promise<Symptom | 'notApplicable' | undefined>

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
 * MinIO's STS answers AccessDenied for every error: in the key, its secret, its user or the region
 * (`checkAssumeRoleAuth` in its `cmd/sts-handlers.go`). A request to the bucket with the same key pair
 * distinguishes them.
 */
const whyNotLent = async (
  { provider, archives }: StepNeeds,
  { key }: Probe,
  { error, signal }: { error: unknown; signal: AbortSignal },
): Promise<Symptom> => {
  const symptom = symptomOf(error, 'lend')
  if (provider !== 'minio' || symptom.code !== 'AccessDenied') return symptom
  const answer = await send('get', await archives.link(key, 'probe.tar', 60), { method: 'GET', signal })
  return ['NoSuchKey', 'AccessDenied'].includes(answer.code ?? '')
    ? { ...symptom, keysAreGood: true }
    : answer
}

const lend: Step = async (use, probe, signal) => {
  try {
    probe.lent = await lendFor(use, probe, probe.key)
    return undefined
  } catch (error) {
    return whyNotLent(use, probe, { error, signal })
  }
}

/** Puts an object, and notes it for removal at the end, whether or not the put was supposed to succeed. */
const putAt = async (dock: Requests, { content, stored }: Probe, key: string): Promise<Answer> => {
  // Counts as stored until the put has clearly failed: storage may have the object although its response is
  // late.
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
  // Another server may answer every request with 200 and a page; storage returns an ETag.
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
  const attempts: [what: Forbidden, attempt: () => Promise<Answer>][] = [
    ['putBeside', () => putAt(dock, probe, probe.beside)],
    ['putInOtherCase', () => putAt(dock, probe, probe.otherCase)],
    ['putElsewhere', () => putAt(dock, probe, probe.elsewhere)],
    ['read', () => dock.get(probe.key)],
    ['list', () => dock.list()],
    ['delete', () => dock.remove(probe.key)],
  ]
  const allowed: Forbidden[] = []
  for (const [what, attempt] of attempts) {
    const answer = await attempt()
    if (isDone(answer)) allowed.push(what)
    else if (answer.status !== 403) return answer
  }
  return allowed.length > 0 ? { allowed } : undefined
}

/**
 * Checks the role's own limits, which exist only on AWS: even a session policy for another folder must not
 * give access to it.
 */
const keepToFolder: Step = async (use, probe, signal) => {
  if (use.provider !== 'aws') return 'notApplicable'
  const lent = await lendFor(use, probe, probe.elsewhere)
  const answer = await putAt(dockWith(use, lent, signal), probe, probe.elsewhere)
  if (isDone(answer)) return { allowed: ['putElsewhere'] }
  return answer.status === 403 ? undefined : answer
}

const read: Step = async ({ archives }, probe, signal) => {
  // The GET gives a reason if it is refused, which HEAD cannot. But only HEAD notices a rotated key pair;
  // signing a link does not.
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
    return symptomOf(error, 'delete')
  }
  // Without the right to read, this request is refused too and says nothing about the right to list.
  if (!isRead) return undefined
  try {
    return (await archives.find(key)) ? { request: 'look', status: 200 } : undefined
  } catch (error) {
    return symptomOf(error, 'look')
  }
}

/** The steps in order, except `remove`, which also runs after a failure if anything was stored. */
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
