import { topicsOf as dockTopicsOf } from '../../protocols/dji-dock/topics.ts'
import { methods as upgradeMethods } from '../../protocols/dji-firmware/topics.ts'
import { methods as debugMethods } from '../../protocols/dji-remote-debug/topics.ts'
import { dockSnSegment, methods as logMethods, topicsOf } from '../../protocols/dji-remote-log/topics.ts'
import { topicsOf as deviceTopicsOf, eventTypes } from '../../protocols/huawei-ota/topics.ts'
import { answerRules, topicRules } from '../triggers.ts'

/**
 * The MQTT topics as AsyncAPI channels: those that topic rules receive from, and those that we publish to.
 * The vendors define the messages; `protocols/` links their documentation.
 */

type Received = { name: string; filter: string; segment: number; summary: string }
type Sent = { name: string; address: string; summary: string; messages: readonly string[] }

const received: readonly Received[] = [
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

const sent: readonly Sent[] = [
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
    summary: 'Questions and offers to devices',
    messages: [versionQuery, firmwareOffer, softwareOffer, timeResponse],
  },
]

/** The filter with named parameters: `dockSn` or `deviceId` for the sender, `what` for any other wildcard. */
const addressOf = ({ filter, segment }: Received): string => {
  const speaker = filter.startsWith('oc/') || filter.startsWith('in/$oc/') ? 'deviceId' : 'dockSn'
  return filter
    .split('/')
    .map((part, n) => (part !== '+' ? part : n + 1 === segment ? `{${speaker}}` : '{what}'))
    .join('/')
}

const parameters: Readonly<Record<string, { description: string }>> = {
  dockSn: { description: 'The serial number of a dock, or of its aircraft if the dock reports about that' },
  deviceId: { description: 'The id of a device on its platform' },
  what: { description: 'The kind of message' },
}

const channelName = (address: string): string =>
  address
    .replaceAll(/\{\w+\}\/?/g, '')
    .replaceAll(/\W+/g, '-')
    .replaceAll(/^-|-$/g, '')

const payload = { type: 'object', description: 'A message in the format of the machine’s vendor' }

const receivedFrom = () => received.map((one) => ({ ...one, address: addressOf(one) }))

/** A channel. Its description joins the summaries of all operations on the topic. */
const channelOf = (address: string, messages: readonly string[]) => ({
  address,
  title: address,
  description: [...receivedFrom(), ...sent]
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

/** Channels and operations by name. A topic that several rules receive from is one channel. */
export const mqttChannels = () => {
  const incoming = receivedFrom()
  return {
    channels: Object.fromEntries([
      ...incoming.map(({ address }) => [channelName(address), channelOf(address, [])] as const),
      ...sent.map(({ address, messages }) => [channelName(address), channelOf(address, messages)] as const),
    ]),
    operations: Object.fromEntries([
      ...incoming.map(
        ({ name, address, summary }) => [name, operationOf('receive', address, summary)] as const,
      ),
      ...sent.map(({ name, address, summary }) => [name, operationOf('send', address, summary)] as const),
    ]),
  }
}
