import assert from 'node:assert/strict'
import type { SQSRecord } from 'aws-lambda'
import * as z from 'zod'
import { offerGuard } from '../../../lambdas/campaigns/rollout/offering.ts'
import { rejectedStore } from '../../../lambdas/rejected/store.ts'
import type { Table } from '../../../lambdas/table/client.ts'
import { sendToDevice } from '../../../lambdas/upgrades/offer.ts'
import { recordUpgrades } from '../../../lambdas/upgrades/record.ts'
import { signStore } from '../../../lambdas/upgrades/signs.ts'
import { callerWith, start, wireCampaigns } from '../campaigns.ts'
import { batchOf, queued } from '../dock-messages.ts'
import type { Service } from '../upgrades.ts'
import { type Compare, checkAtLast } from './check.ts'
import { answer, codes, goOn, type Machine, machinesOf, readMessage, target } from './machines.ts'
import { type PhasePlan, startRecount } from './recount.ts'

/**
 * A campaign of four phases from its start to its end, over the functions themselves, a minute of the clock at a
 * time, and beside it a recount from what its devices were told and said.
 */

/** `stage`: which function has just run, for whoever meters. */
export type Stage = 'registering' | 'choosing' | 'campaigns' | 'upgrades' | 'reports'
export type StageDone = (stage: Stage, of: { minute: number; milliseconds: number; atWork: number }) => void

const minuteMs = 60_000
/** The clock strikes a little late now and then. */
const lateness = [0, 3_000, 500, 4_000, 1_500] as const
/** Every so many messages one comes twice. */
const twiceEvery = 50
const inBatch = 10
const choosingPage = 500
/** Minutes that somebody takes to approve; and after which something is wrong. */
const [approvesAfter, mostMinutes] = [5, 400]

const retry = { times: 1, afterSeconds: 600 }
const timeoutSeconds = 1_200

const phasesOf = (devices: number): PhasePlan[] => {
  const gate = { confirmedPercent: 90, failedAtMostPercent: 8, withinSeconds: 86_400 }
  const few = devices / 100
  const phase = (name: string, take: PhasePlan['take'], share: number): PhasePlan => ({
    name,
    take,
    gate,
    next: 'auto' as const,
    together: Math.min(1_000, Math.max(20, Math.floor(devices * share))),
  })
  return [
    { ...phase('canary', { labels: { ring: 'canary' } }, 0.0025), next: 'approval' },
    phase('early', { devices: 9 * few }, 0.015),
    phase('wide', { percent: 30 }, 0.05),
    phase('rest', { percent: 60 }, 0.05),
  ]
}

/** `devices` is a multiple of a hundred. */
export const rolloutStory = async (table: Table, devices: number, done: StageDone = () => undefined) => {
  const id = 'rollout'
  const clock = { now: start }
  const made = wireCampaigns(table, clock)
  const machines = machinesOf(devices, 'machine')
  const byId = new Map(machines.map((machine) => [machine.deviceId, machine]))
  const labelled = new Set(machines.slice(0, devices / 100).map(({ deviceId }) => deviceId))
  const phases = phasesOf(devices)
  const recount = startRecount(
    {
      id,
      phases,
      labelled,
      timeoutMs: timeoutSeconds * 1000,
      retry: { times: retry.times, afterMs: retry.afterSeconds * 1000 },
    },
    machines,
  )
  const differences: string[] = []
  const compare: Compare = (what, measured, recounted) => {
    const [one, other] = [measured, recounted].map((value) => JSON.stringify(value))
    if (one !== other) differences.push(`${what}: ${one} instead of ${other}`)
  }
  const params = { id }
  const publish = async (message: (typeof made.sent)[number]) => void made.sent.push(message)
  const ingest = recordUpgrades({
    upgrades: made.upgrades,
    rejected: rejectedStore(table),
    signs: signStore(table),
    readPackage: made.packages.get,
    linkTo: async ({ file }) => ({
      url: `https://storage/${file.key}`,
      expiresAt: clock.now + 3_600_000,
    }),
    sendOffer: sendToDevice(publish, signStore(table)),
    campaignAllows: offerGuard(table),
    publish,
    now: () => clock.now,
  })
  let minute = 0
  const sum = { messages: 0, sent: 0 }
  const timed = async (stage: Stage, run: () => Promise<unknown>) => {
    const [began, atWork] = [performance.now(), recount.number('atWork')]
    await run()
    done(stage, { minute, milliseconds: performance.now() - began, atWork })
  }

  const choose = async () => {
    await made.havePackage(id, { from: ['1.0'], version: target })
    const body = { name: 'Spring', packageId: id, timeoutSeconds, retry, phases }
    await made.done('putCampaign', { params, body })
    for (const deviceId of labelled)
      await made.done('registerDevice', { params: { deviceId }, body: { labels: { ring: 'canary' } } })
    done('registering', { minute, milliseconds: 0, atWork: 0 })
    await timed('choosing', async () => {
      for (let at = 0; at < devices; at += choosingPage)
        await made.add(
          id,
          machines.slice(at, at + choosingPage).map(({ deviceId }) => deviceId),
        )
    })
    await made.done('startCampaign', { params })
  }

  /** Messages that a queue delivers once more, a minute later. */
  let again: SQSRecord[] = []
  const said = (machine: Machine, services: Service[]): SQSRecord[] => {
    const { deviceId } = machine
    const message = () => queued({ dockSn: deviceId, payload: { services }, receivedAt: clock.now })
    sum.messages += 1
    const one = message()
    if (sum.messages % twiceEvery !== 0) return [one]
    if (sum.messages % (2 * twiceEvery) === 0) return [one, message()]
    again.push(one)
    return [one]
  }
  /** What follows from a message, by the words of it. */
  const note = ({ deviceId }: Machine, services: readonly Service[]) => {
    for (const { event_type, paras } of services) {
      const { result_code: code, fw_version: runs } = z
        .object({ result_code: z.number().optional(), fw_version: z.string().optional() })
        .parse(paras)
      if (event_type === 'version_report' && runs === target) recount.confirm(deviceId)
      if (code === codes.broken || code === codes.weak) recount.fail(deviceId, code === codes.weak)
    }
  }
  const speak = (all: readonly { machine: Machine; services: Service[] }[]): SQSRecord[] =>
    all.flatMap(({ machine, services }) => {
      if (services.length === 0) return []
      note(machine, services)
      return said(machine, services)
    })
  const heard = () => {
    const messages = made.sent.splice(0).map((message) => readMessage(message))
    sum.sent += messages.length
    return messages.flatMap((message) => {
      const machine = byId.get(message.deviceId)
      return machine ? [{ machine, message }] : []
    })
  }
  const record = async (records: readonly SQSRecord[]) => {
    for (let at = 0; at < records.length; at += inBatch)
      compare('messages not recorded', await ingest(batchOf(...records.slice(at, at + inBatch))), [])
  }
  /** A minute of the devices: those that are at it say so, all answer what they are told. */
  const live = async (asked: ReturnType<typeof heard>) => {
    const busy = machines.filter((machine) => machine.busy !== undefined)
    const late = again
    again = []
    let records = [
      ...late,
      ...speak(busy.map((machine) => ({ machine, services: goOn(machine) }))),
      ...speak(asked.map(({ machine, message }) => ({ machine, services: answer(machine, message) }))),
    ]
    while (records.length > 0) {
      await record(records)
      clock.now += 100
      records = speak(
        heard().map(({ machine, message }) => ({ machine, services: answer(machine, message) })),
      )
    }
  }

  const approve = async () => {
    const claims = { ...callerWith('operate'), sub: 'bob', username: 'bob' }
    const { status } = await made.call('approveCampaign', {
      params,
      claims,
      body: { phase: phases[recount.known.phase]?.name },
    })
    compare('approval', status, 200)
    recount.approve()
  }
  let awaited = 0
  const tick = async () => {
    minute += 1
    clock.now = start + minute * minuteMs + (lateness[minute % lateness.length] ?? 0)
    await timed('upgrades', made.sweepDevices)
    recount.silence(clock.now, (deviceId) => byId.get(deviceId)?.fate === 'silent')
    const early = heard()
    const begin = recount.sweep(clock.now)
    await timed('campaigns', made.sweep)
    const asked = heard()
    const begun = asked.filter(({ machine }) => !recount.isAtWork(machine.deviceId))
    compare(`devices that begin in minute ${minute}`, begun.length, begin)
    for (const { machine } of begun) {
      recount.begin(machine.deviceId, clock.now)
      machine.tries += 1
    }
    await timed('reports', () => live([...early, ...asked]))
    const { state, phase } = recount.known
    awaited = state === 'awaitingApproval' ? awaited + 1 : 0
    const isQuiet = recount.number('atWork') === 0
    if (awaited > approvesAfter && isQuiet) await approve()
    return { state, phase, minute }
  }

  return {
    recount,
    differences,
    sum,
    /** From the choice of its devices until nothing more happens; resolves to the campaign as it then is. */
    run: async (
      said: (minute: { state: string; phase: number; minute: number }) => void = () => undefined,
    ) => {
      await choose()
      for (;;) {
        const now = await tick()
        said(now)
        if (now.state === 'finished' || now.state === 'stopped') break
        assert.ok(minute < mostMinutes, `still ${now.state} after ${minute} minutes: ${differences[0]}`)
      }
      return checkAtLast({ table, made, id, machines, recount, compare })
    },
  }
}
