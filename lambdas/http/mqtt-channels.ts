import { topicsOf as dockTopicsOf } from '../../protocols/dji-dock/topics.ts'
import { methods as upgradeMethods } from '../../protocols/dji-firmware/topics.ts'
import { methods as debugMethods } from '../../protocols/dji-remote-debug/topics.ts'
import { dockSnSegment, methods as logMethods, topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { topicsOf as deviceTopicsOf, eventTypes } from '../../protocols/huawei-ota/topics.ts'
import { answerRules, topicRules } from '../triggers.ts'

/**
 * The MQTT topics as AsyncAPI has them: what rules take, and what is published. What messages look like is the
 * vendors' business; `protocols/` has their pages.
 */

type Taken = { name: string; filter: string; segment: number; summary: string }
type Given = { name: string; address: string; summary: string; messages: readonly string[] }

const taken: readonly Taken[] = [
  ...Object.entries(topicRules).map(([name, { filter, sourceSegment, description }]) => ({
    name,
    filter,
    segment: sourceSegment,
    summary: description,
  })),
  ...Object.entries(answerRules).map(([name, { filter, description }]) => ({
    name,
    filter,
    segment: dockSnSegment,
    summary: `${description}; only with the option dockServer`,
  })),
]

const dock = '{dockSn}'
const { firmwareOffer, softwareOffer, versionQuery, timeResponse } = eventTypes

const given: readonly Given[] = [
  {
    name: 'commandDocks',
    address: topicsOf(dock).services,
    summary: 'Commands to docks: remote logs, upgrades, debug mode',
    messages: [
      logMethods.list,
      logMethods.start,
      logMethods.update,
      upgradeMethods.create,
      ...Object.values(debugMethods),
    ],
  },
  ...(['requestsReply', 'statusReply', 'stateReply', 'eventsReply'] as const).map((kind) => ({
    name: `answerDocks-${kind}`,
    address: dockTopicsOf(dock)[kind],
    summary: 'Answers that docks wait for; only with the option dockServer',
    messages: [],
  })),
  {
    name: 'askDevices',
    address: deviceTopicsOf('{deviceId}').requests,
    summary: 'What devices are asked and offered',
    messages: [versionQuery, firmwareOffer, softwareOffer, timeResponse],
  },
]

/** Names what a filter leaves open: `dockSn` or `deviceId` where it says who speaks. */
const addressOf = ({ filter, segment }: Taken): string => {
  const speaker = filter.startsWith('oc/') || filter.startsWith('in/$oc/') ? 'deviceId' : 'dockSn'
  return filter
    .split('/')
    .map((part, n) => (part !== '+' ? part : n + 1 === segment ? `{${speaker}}` : '{what}'))
    .join('/')
}

const parameters: Readonly<Record<string, { description: string }>> = {
  dockSn: { description: 'The serial number of a dock, or where it speaks of it of its aircraft' },
  deviceId: { description: 'The id of a device, as its platform has it' },
  what: { description: 'What happened' },
}

const channelName = (address: string): string =>
  address
    .replaceAll(/\{\w+\}\/?/g, '')
    .replaceAll(/\W+/g, '-')
    .replaceAll(/^-|-$/g, '')

const payload = { type: 'object', description: 'In the words of the machine’s vendor' }

const takenFrom = () => taken.map((one) => ({ ...one, address: addressOf(one) }))

/** What all the operations of a topic are for. */
const channelOf = (address: string, messages: readonly string[]) => ({
  address,
  title: address,
  description: [...takenFrom(), ...given]
    .filter((one) => one.address === address)
    .map(({ summary }) => `${summary}.`)
    .join('\n\n'),
  parameters: Object.fromEntries(
    [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, parameters[name] ?? {}]),
  ),
  messages: Object.fromEntries(
    (messages.length > 0 ? messages : ['message']).map((name) => [name, { name, payload }]),
  ),
})

const operationOf = (action: 'send' | 'receive', address: string, summary: string) => ({
  action,
  summary,
  channel: { $ref: `#/channels/${channelName(address)}` },
})

/** Channels and operations by name; a topic that several rules look at is one channel. */
export const mqttChannels = () => {
  const took = takenFrom()
  return {
    channels: Object.fromEntries([
      ...took.map(({ address }) => [channelName(address), channelOf(address, [])] as const),
      ...given.map(({ address, messages }) => [channelName(address), channelOf(address, messages)] as const),
    ]),
    operations: Object.fromEntries([
      ...took.map(({ name, address, summary }) => [name, operationOf('receive', address, summary)] as const),
      ...given.map(({ name, address, summary }) => [name, operationOf('send', address, summary)] as const),
    ]),
  }
}
