import * as z from 'zod/mini'
import type { Refusal } from '../../protocols/dji-dock/codes.ts'
import {
  type Answer,
  acknowledgeEvent,
  acknowledgeState,
  answerRequest,
  answerTopology,
  type Licence,
} from '../../protocols/dji-dock/down.ts'
import type { AnswerTo, Ask } from '../../protocols/dji-dock/facts.ts'
import { acknowledgedElsewhere } from '../../protocols/dji-dock/topics.ts'
import { readNeedsReply, readRequest, readTopology } from '../../protocols/dji-dock/up.ts'
import { dockSnPattern } from '../../protocols/dji-remote-log/topics.ts'
import type { DeviceReport } from '../queue/batch.ts'
import { keepRejections } from '../rejected/keep.ts'
import type { rejectedStore } from '../rejected/store.ts'
import { errorFields } from '../runtime/error-fields.ts'
import { log, ofDock } from '../runtime/log.ts'
import { OwnError } from '../runtime/own-error.ts'
import type { Publish } from '../runtime/publish.ts'
import { count, countDropped } from '../runtime/telemetry.ts'
import type { Bindings } from './bindings.ts'
import type { Topologies } from './topology.ts'

/**
 * Answers docks' requests and messages. A topic rule starts it for each message, without a queue: a dock
 * waits three seconds. Idempotent: the same message again gets the same answer, so that retries of Lambda or
 * of the dock do no harm. The answer goes out before any work that the dock does not wait for.
 */

type Needs = {
  bindings: Pick<Bindings, 'status' | 'nameFor' | 'bind'>
  topologies: Topologies
  licence: () => Promise<Licence>
  timeServer: { ntpHost?: string; ntpPort?: number }
  rejected: Pick<ReturnType<typeof rejectedStore>, 'add'>
  publish: Publish
  now: () => number
}

/** What a rule passes on; `kind` is the rule's own constant. */
const RuleMessage = z.object({
  kind: z.enum(['request', 'topology', 'event', 'state']),
  payload: z.string(),
  source: z.string(),
  receivedAt: z.number(),
  receiptId: z.string(),
})

/** A dock that is offline for longer has given up, and asks again. */
const expiry = { expiresInSeconds: 60 }

/** @throws Error if the answer could not be sent, or something could not be stored */
export const answerDocks =
  (use: Needs) =>
  async (event: unknown): Promise<void> => {
    const { kind, payload, source, receivedAt, receiptId } = RuleMessage.parse(event)
    // The topic's client is not a dock.
    if (!dockSnPattern.test(source)) return count('IllegalSources')
    const bytes = Buffer.from(payload, 'base64')
    const report = { messageId: receiptId, source, payload: bytes, receipt: { receivedAt, receiptId } }
    await { request: onRequest, topology: onTopology, event: onEvent, state: onEvent }[kind](
      use,
      report,
      kind,
    )
  }

const onRequest = async (use: Needs, report: DeviceReport): Promise<void> => {
  const read = readRequest(report.source, report.payload)
  if (read.outcome === 'ignored') return
  const send = (answerTo: AnswerTo, answer: Answer) =>
    use.publish(answerRequest({ dockSn: report.source, answerTo, sentAt: use.now() }, answer), expiry)
  if (read.outcome === 'notUnderstood') {
    if ('answerTo' in read && read.answerTo) await send(read.answerTo, refused('unsupported'))
    return keep(use, report, read)
  }
  const { ask, answerTo } = read.fact
  const answer = await answerOf(use, report, ask)
  await send(answerTo, answer)
  reportRefusals(report, ask.kind, answer)
  countDropped({ ...ofDock(report.source), messageIds: [report.messageId] }, read.dropped)
  if (ask.kind === 'other') await keep(use, report, { reason: 'unsupportedRequest', path: 'method' })
}

const refused = (refusal: Refusal): Answer => ({ kind: 'refused', refusal })

/** The answer to a dock when we fail. */
const failures: Partial<Record<Ask['kind'], Refusal>> = {
  bindStatus: 'stateUnread',
  organization: 'organizationUnread',
  bind: 'notBound',
}

/** A dock that gets an error at once retries sooner than one that gets no answer. */
const answerOf = async (use: Needs, report: DeviceReport, ask: Ask): Promise<Answer> => {
  try {
    return await decide(use, report.source, ask)
  } catch (error) {
    const messageIds = [report.messageId]
    log('dockNotAnswered', { ...ofDock(report.source), request: ask.kind, messageIds, ...errorFields(error) })
    return refused(failures[ask.kind] ?? 'unavailable')
  }
}

const decide = async (use: Needs, dockSn: string, ask: Ask): Promise<Answer> => {
  switch (ask.kind) {
    case 'config':
      return { kind: 'config', licence: await use.licence(), ...use.timeServer }
    case 'bindStatus':
      return { kind: 'bindStatus', devices: await use.bindings.status(dockSn, ask.sns, use.now()) }
    case 'organization': {
      const outcome = await use.bindings.nameFor(dockSn, ask, use.now())
      return 'name' in outcome ? { kind: 'organization', name: outcome.name } : refused(outcome.refused)
    }
    case 'bind': {
      const devices = await use.bindings.bind(dockSn, ask.devices, use.now())
      return { kind: 'bound', devices }
    }
    case 'flightAreas':
    case 'offlineMap':
      return { kind: 'nothing' }
    case 'other':
      return refused('unsupported')
  }
}

const refusalsIn = (answer: Answer): Refusal[] => {
  if (answer.kind === 'refused') return [answer.refusal]
  return answer.kind === 'bound' ? answer.devices.flatMap((device) => device.refused ?? []) : []
}

const reportRefusals = (report: DeviceReport, request: string, answer: Answer): void => {
  const refusals = refusalsIn(answer)
  if (refusals.length === 0) return
  count('DockRequestsRefused')
  log('dockRefused', { ...ofDock(report.source), request, refusals, messageIds: [report.messageId] })
}

const onTopology = async (use: Needs, report: DeviceReport): Promise<void> => {
  const read = readTopology(report.source, report.payload)
  if (read.outcome === 'ignored') return
  const send = async (answerTo: AnswerTo | undefined, isRefused: boolean): Promise<void> => {
    if (!answerTo) return
    const message = { dockSn: report.source, answerTo, sentAt: use.now(), refused: isRefused }
    await use.publish(answerTopology(message), expiry)
  }
  if (read.outcome === 'notUnderstood') {
    await send('answerTo' in read ? read.answerTo : undefined, true)
    return keep(use, report, read)
  }
  const { answerTo } = read.fact
  const at = report.receipt.receivedAt
  const refusal = await use.topologies.take({ dockSn: report.source, topology: read.fact, at })
  await send(answerTo, refusal !== undefined)
  countDropped({ ...ofDock(report.source), messageIds: [report.messageId] }, read.dropped)
  if (!refusal) return
  count('TopologiesRefused')
  await keep(use, report, { reason: refusal.fault, path: 'data.sub_devices' })
}

/** Also for an aircraft, whose topics have its own serial number. */
const onEvent = async (use: Needs, report: DeviceReport, kind: string): Promise<void> => {
  const read = readNeedsReply(report.payload)
  if (read.outcome === 'notUnderstood') return keep(use, report, read)
  if (read.outcome === 'ignored' || acknowledgedElsewhere.includes(read.fact.method ?? '')) return
  const acknowledge = kind === 'state' ? acknowledgeState : acknowledgeEvent
  await use.publish(acknowledge({ sn: report.source, answerTo: read.fact, sentAt: use.now() }), expiry)
}

class NotKept extends OwnError {
  override readonly name = 'NotKept'
}

const keep = async (
  { rejected }: Needs,
  report: DeviceReport,
  { reason, path }: { reason: string; path: string },
): Promise<void> => {
  const failed = await keepRejections(rejected, [{ report, reason, path }], ofDock)
  if (failed.length > 0) throw new NotKept('What was rejected could not be kept')
}
