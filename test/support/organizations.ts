import './quiet-logs.ts'

import { randomUUID } from 'node:crypto'
import { PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { answerDocks } from '../../lambdas/organizations/answer.ts'
import { bindings } from '../../lambdas/organizations/bindings.ts'
import { hashOfCode, hintOf, newCode } from '../../lambdas/organizations/codes.ts'
import { organizationStore } from '../../lambdas/organizations/store.ts'
import { topologies } from '../../lambdas/organizations/topology.ts'
import { dockStore } from '../../lambdas/registry/store.ts'
import { rejectedStore } from '../../lambdas/rejected/store.ts'
import { newId } from '../../lambdas/runtime/new-id.ts'
import type { Table } from '../../lambdas/table/client.ts'
import { ownerKey } from '../../lambdas/table/keys.ts'
import type { Licence } from '../../protocols/dji-dock/down.ts'
import { methods, topicsOf } from '../../protocols/dji-dock/topics.ts'
import type { DeviceMessage } from '../../protocols/message.ts'
import { opened } from './upload-facts.ts'

const Reply = z.object({
  tid: z.string(),
  method: z.string().optional(),
  data: z.looseObject({ result: z.number().optional() }),
})
const Outcomes = z.object({
  output: z.object({ err_infos: z.array(z.object({ sn: z.string(), err_code: z.number() })) }),
})

type Claim = { organization?: string; code?: string; callSign?: string; model?: string }

/** The function that answers docks, on a table, with a broker that keeps what it gets. */
export const wireOrganizations = (table: Table, licence?: () => Promise<Licence>) => {
  const clock = { now: opened }
  const now = () => clock.now
  const sent: DeviceMessage[] = []
  const organizations = organizationStore(table)
  const rejected = rejectedStore(table)
  const handle = answerDocks({
    bindings: bindings(table),
    topologies: topologies(table),
    rejected,
    now,
    licence: licence ?? (async () => ({ appId: '1', appKey: 'key', appLicense: 'licence' })),
    timeServer: { ntpHost: 'ntp.example.com' },
    publish: async (message) => void sent.push(message),
  })

  /** What a rule hands over; resolves to what was sent for it. */
  const say = async (kind: string, source: string, message: unknown, receivedAt = clock.now) => {
    const text = typeof message === 'string' ? message : JSON.stringify(message)
    const before = sent.length
    await handle({
      kind,
      source,
      receivedAt,
      receiptId: randomUUID(),
      payload: Buffer.from(text).toString('base64'),
    })
    return sent.slice(before)
  }
  const ask = async (dockSn: string, method: string, data: unknown) => {
    const replies = await say('request', dockSn, { tid: 't', bid: 'b', method, data })
    const topic = topicsOf(dockSn).requestsReply
    const reply = replies.find((one) => one.topic === topic)
    return Reply.parse(JSON.parse(reply?.payload ?? '{}')).data
  }
  const deviceOf = (sn: string, { organization = 'acme', code, callSign, model }: Claim) => ({
    sn,
    organization_id: organization,
    device_binding_code: code,
    device_callsign: callSign,
    device_model_key: model,
  })
  return {
    clock,
    sent,
    organizations,
    say,
    ask,
    docks: dockStore(table),
    /** Gives the dock an account of a fleet. */
    ownedBy: (dockSn: string, fleet: string) =>
      table.client.send(
        new PutCommand({
          TableName: table.name,
          Item: { ...ownerKey(dockSn), userName: 'dockabcdefgh', fleet },
        }),
      ),
    rejectedReasons: async (source: string): Promise<string[]> =>
      (await rejected.list(source, 'all', {})).items.map(({ reason }) => reason),
    /** A new code of an organization, which is made if need be. */
    code: async ({
      organization = 'acme',
      uses = 1,
      hours = 72,
      fleet,
    }: {
      organization?: string
      uses?: number
      hours?: number
      fleet?: string
    } = {}) => {
      await organizations.put(organization, 'Acme', { by: 'ann', now: clock.now })
      const code = newCode()
      await organizations.addCode(organization, {
        id: newId(clock.now),
        hash: hashOfCode(code),
        hint: hintOf(code),
        usesLeft: uses,
        fleet,
        goodUntil: clock.now + hours * 3_600_000,
        createdAt: clock.now,
        createdBy: 'ann',
      })
      return code
    },
    revoke: (code: string, organization = 'acme') =>
      organizations.revoke(organization, hashOfCode(code), { by: 'ann', now: clock.now }),
    usesLeft: async (code: string, organization = 'acme'): Promise<number | undefined> =>
      (await organizations.codes(organization, () => true)).find(({ hash }) => hash === hashOfCode(code))
        ?.usesLeft,
    name: async (dockSn: string, { organization = 'acme', code }: Claim) =>
      ask(dockSn, methods.organization, { organization_id: organization, device_binding_code: code }),
    /** Error codes by serial number, 0 for bound. */
    bind: async (
      dockSn: string,
      devices: Readonly<Record<string, Claim>>,
    ): Promise<Record<string, number>> => {
      const list = Object.entries(devices).map(([sn, claim]) => deviceOf(sn, claim))
      const { output } = Outcomes.parse(await ask(dockSn, methods.bind, { bind_devices: list }))
      return Object.fromEntries(output.err_infos.map(({ sn, err_code }) => [sn, err_code]))
    },
    /** The organization of each serial number, as the dock is told. */
    boundTo: async (dockSn: string, ...sns: string[]): Promise<(string | undefined)[]> => {
      const { output } = z
        .object({ output: z.object({ bind_status: z.array(z.object({ organization_id: z.string() })) }) })
        .parse(await ask(dockSn, methods.bindStatus, { devices: sns.map((sn) => ({ sn })) }))
      return output.bind_status.map(({ organization_id: id }) => id || undefined)
    },
    /** What a broker says in a dock's name once its connection broke: an answer would reach nobody. */
    lastWill: (dockSn: string) =>
      say('topology', dockSn, { method: methods.topology, data: { type: 3, sub_type: 0, sub_devices: [] } }),
    /** The result that the dock is told. */
    topology: async (
      dockSn: string,
      aircraft: readonly string[],
      at?: number,
    ): Promise<number | undefined> => {
      const sub_devices = aircraft.map((sn) => ({ sn, domain: '0', type: 100, sub_type: 1 }))
      const data = { domain: '3', type: 3, sub_type: 0, thing_version: '9.9.9', sub_devices }
      const [reply] = await say('topology', dockSn, { tid: 't', method: methods.topology, data }, at)
      return Reply.parse(JSON.parse(reply?.payload ?? '{}')).data.result
    },
  }
}
