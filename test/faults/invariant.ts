import * as z from 'zod'
import { page } from '../../lambdas/http/shapes.ts'
import { RejectedMessage } from '../../lambdas/rejected/shapes.ts'
import { Report, Upgrade } from '../../lambdas/upgrades/shapes.ts'
import { operatorOf, type UploadView } from '../support/operator.ts'
import type { Local } from '../support/story.ts'
import { archivesOf, isPoison, replyOf, type Spoken, upgradeEventsOf } from './spoken.ts'
import { endShownBy, ends, type Seen } from './watch.ts'

/**
 * What must hold after every fault, once it is over and time has passed: every accepted message is reflected
 * in the state or visible in a dead-letter or rejected list, no job is stuck past its deadline, no dock's
 * slot is held by a dead job, and no end that a device reported changes except to an earlier one. Each check
 * returns what is wrong, in sentences.
 */
export type Evidence = {
  stack: Pick<Local, 'must' | 'api' | 'until' | 'untilCaughtUp' | 'tick' | 'mqttUrl' | 'deadLetters'>
  docks: readonly string[]
  devices: readonly { deviceId: string; attempts: readonly string[] }[]
  spoken: readonly Spoken[]
  seen: Seen
}

export const violations = async (evidence: Evidence): Promise<string[]> => {
  const lost = lettersOf(evidence)
  // A dead letter may have had its effect before it was given up.
  const own = evidence.spoken.filter(({ source }) => sourcesOf(evidence).has(source))
  const spoken = own.map((one) => (lost.take(one) ? { ...one, certain: false } : one))
  const counted = { ...evidence, spoken }
  const checks = [uploadsReflect, repliesReflect, upgradesReflect, poisonShows, nothingIsStuck, slotsAreFree]
  const found: string[][] = [evidence.seen.violations(evidence.spoken)]
  for (const check of checks) found.push(await check(counted))
  return found.flat()
}

const sourcesOf = ({ docks, devices }: Evidence): ReadonlySet<string> =>
  new Set([...docks, ...devices.map(({ deviceId }) => deviceId)])

const Letter = z.union([
  z.object({ payload: z.string() }).transform(({ payload }) => payload),
  z.object({ base64OriginalPayload: z.string() }).transform((letter) => letter.base64OriginalPayload),
])

/** The dead letters by payload; each accounts for one message. */
const lettersOf = ({ stack }: Evidence) => {
  const payloads = stack.deadLetters().flatMap(({ body }) => Letter.safeParse(readJson(body)).data ?? [])
  return {
    take: ({ payload }: Spoken): boolean => {
      const index = payloads.indexOf(payload.toString('base64'))
      if (index >= 0) payloads.splice(index, 1)
      return index >= 0
    },
  }
}

const readJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const uploadsOf = async ({ stack, docks }: Evidence): Promise<UploadView[]> =>
  (await Promise.all(docks.map((dockSn) => operatorOf(stack, dockSn).uploads()))).flat()

const overall = ({
  progress,
}: {
  progress: { current_step: number; total_step: number; progress: number }
}): number =>
  Math.round(((progress.current_step - 1) * 100 + progress.progress) / Math.max(1, progress.total_step))

/** An archive is how the first end said it is; without an end it is as far as the furthest report. */
const uploadsReflect = async (evidence: Evidence): Promise<string[]> => {
  const archives = (await uploadsOf(evidence)).flatMap((upload) => upload.archives)
  const reported = evidence.spoken.flatMap((one) => archivesOf(one).map((file) => ({ ...file, one })))
  return archives.flatMap((archive) => {
    const { objectKey, state, percent } = archive
    const about = reported.filter(({ key }) => key === objectKey)
    const told = about.filter(({ progress }) => progress.status in ends)
    const certain = told.findIndex(({ one }) => one.certain)
    const possible = told.slice(0, certain < 0 ? undefined : certain + 1)
    const wanted = possible.map(({ progress }) => ends[progress.status])
    if (certain >= 0 && !wanted.includes(endShownBy(archive)))
      return [`${objectKey} is ${state}, though its dock said ${told[certain]?.progress.status} first`]
    const furthest = Math.max(-1, ...about.filter(({ one }) => one.certain).map(overall))
    if (told.length === 0 && furthest >= 0 && (percent < furthest || state === 'requested'))
      return [`${objectKey} is ${state} at ${percent} %, though its dock was at ${furthest} %`]
    return []
  })
}

const Answered = z.object({ state: z.string(), failure: z.object({ code: z.unknown() }).optional() })

/** A command that was answered is not one without an answer. */
const repliesReflect = async (evidence: Evidence): Promise<string[]> => {
  const uploads = await uploadsOf(evidence)
  const { stack, spoken } = evidence
  const checked = spoken.map(async (one) => {
    const reply = replyOf(one)
    if (!reply || !one.certain) return []
    if (reply.method === 'fileupload_list') {
      const path = `/v1/docks/${one.source}/log-listings/${reply.tid}`
      const listing = Answered.parse(await stack.must('GET', path))
      return listing.state === 'received' ? [] : [`listing ${reply.tid} is ${listing.state}, though answered`]
    }
    return []
  })
  const silent = uploads
    .filter(({ failure }) => failure?.code === 'noAnswer')
    .filter(({ dockSn, archives }) =>
      spoken.some(
        (one) =>
          one.certain &&
          one.source === dockSn &&
          archivesOf(one).some(({ key }) => archives.some(({ objectKey }) => objectKey === key)),
      ),
    )
    .map(({ id }) => `upload ${id} has no answer, though its dock reported on it`)
  return [...(await Promise.all(checked)).flat(), ...silent]
}

const versionsIn = (one: Spoken): string[] =>
  upgradeEventsOf(one).flatMap(({ event_type, paras }) =>
    event_type === 'version_report' && paras.fw_version ? [paras.fw_version] : [],
  )

/** Every report of a device is in the history of an attempt, and its version is the one that it told last. */
const upgradesReflect = async ({ stack, devices, spoken }: Evidence): Promise<string[]> => {
  const checked = devices.map(async ({ deviceId, attempts }) => {
    const said = spoken.filter(({ source, certain }) => source === deviceId && certain)
    const wanted = said.flatMap(upgradeEventsOf).length
    const pages = await Promise.all(
      attempts.map((id) =>
        stack.must('GET', `/v1/devices/${deviceId}/upgrade-attempts/${id}/reports?limit=200`),
      ),
    )
    const kept = pages
      .flatMap((one) => page(Report).parse(one).items)
      .reduce((n, { repeats }) => n + 1 + repeats, 0)
    const { firmware } = Upgrade.parse(await stack.must('GET', `/v1/devices/${deviceId}/upgrade`))
    const last = said.flatMap(versionsIn).at(-1)
    return [
      ...(kept < wanted ? [`${deviceId} made ${wanted} reports, of which ${kept} are kept`] : []),
      ...(last !== undefined && firmware?.version !== last
        ? [`${deviceId} runs ${firmware?.version}, though it said ${last}`]
        : []),
    ]
  })
  return (await Promise.all(checked)).flat()
}

/** What made no sense is counted among the rejected messages of whoever sent it. */
const poisonShows = async ({ stack, spoken }: Evidence): Promise<string[]> => {
  const sources = new Set(spoken.filter(isPoison).map(({ source }) => source))
  const checked = [...sources].map(async (source) => {
    const sent = spoken.filter((one) => one.source === source && one.certain && isPoison(one)).length
    const { items } = page(RejectedMessage).parse(
      await stack.must('GET', `/v1/rejected-messages?source=${source}`),
    )
    const counted = items.reduce((sum, { count }) => sum + count, 0)
    return counted < sent ? [`${source} sent ${sent} bad messages, of which ${counted} are shown`] : []
  })
  return (await Promise.all(checked)).flat()
}

const Items = z.object({
  items: z.array(
    z.looseObject({
      id: z.string().optional(),
      dockSn: z.string().optional(),
      deviceId: z.string().optional(),
    }),
  ),
})

/** Neither the indexes nor a record itself show a job as open whose time is up. */
const nothingIsStuck = async (evidence: Evidence): Promise<string[]> => {
  const mine = sourcesOf(evidence)
  const lists = [
    ...['requested', 'accepted', 'uploading'].map((state) => `/v1/log-uploads?limit=200&state=${state}`),
    ...['pending', 'upgrading'].map((state) => `/v1/upgrades?limit=200&state=${state}`),
  ]
  const listed = lists.map(async (path) => {
    const { items } = Items.parse(await evidence.stack.must('GET', path))
    const own = items.filter(({ dockSn = '', deviceId = '' }) => mine.has(dockSn) || mine.has(deviceId))
    return own.map(({ id, deviceId }) => `${path} still lists ${deviceId ?? id}`)
  })
  const open = (await uploadsOf(evidence)).filter(({ state }) =>
    ['requested', 'accepted', 'uploading'].includes(state),
  )
  return [...(await Promise.all(listed)).flat(), ...open.map(({ id, state }) => `upload ${id} is ${state}`)]
}

/**
 * Every dock that ever listed its logs can start anew. The last check: it starts uploads that nobody follows.
 */
const slotsAreFree = async ({ stack, docks }: Evidence): Promise<string[]> => {
  const checked = docks.map(async (dockSn) => {
    const dock = operatorOf(stack, dockSn)
    const { activeUpload } = await dock.dock()
    if (activeUpload) return [`${dockSn} is held by ${activeUpload.id}, which is ${activeUpload.state}`]
    const { status, body } = await dock.tryStart([{ module: 'dock', bootIndexes: [1] }])
    return status === 202 ? [] : [`${dockSn} cannot start anew: ${status} ${JSON.stringify(body)}`]
  })
  return (await Promise.all(checked)).flat()
}
