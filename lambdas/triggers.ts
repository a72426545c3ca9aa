import { endPattern } from '../protocols/dji-dock/ends.ts'
import { topicFilters as dockTopicFilters } from '../protocols/dji-dock/topics.ts'
import {
  eventMethods as upgradeEventMethods,
  replyMethods as upgradeReplyMethods,
} from '../protocols/dji-firmware/topics.ts'
import {
  eventMethods as debugEventMethods,
  replyMethods as debugReplyMethods,
} from '../protocols/dji-remote-debug/topics.ts'
import {
  dockSnSegment,
  eventMethods,
  replyMethods,
  topicFilters,
} from '../protocols/dji-remote-log/topics.ts'
import { presenceFilter, presenceSnSegment } from '../protocols/edge-presence/topics.ts'
import { eventSources } from '../protocols/huawei-ota/topics.ts'
import {
  type About,
  couldBeSn,
  hasFirmware,
  isFound,
  select,
  selectAbout,
  selectAll,
  selectEvents,
  selectNeedsReply,
  selectWithAlarms,
} from './rule-sql.ts'

/**
 * The triggers of all functions that no operator calls; `lib/` makes AWS resources of them. HTTP routes are
 * in `contract/routes.ts`. A function's name is the name of its file: queues start those in `ingest/`, topic
 * rules and logins those in `docks/`, the schedule those in `clock/`, the table's stream those in `stream/`,
 * events those in `events/`.
 */

/** A queue between a source and a function; `batchSize`: the most messages in one invocation. */
export type QueueTrigger = {
  function: string
  batchSize: number
  /** How long a batch may wait to fill; more than 10 messages need at least 1. */
  windowSeconds: number
  /**
   * The most concurrent instances of the function, 2 or more. Without it Lambda polls an idle queue with two
   * pollers instead of five, which is most of the cost of an idle queue. So it is set only for queues that
   * devices fill, and may flood.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  maximumConcurrency?: number
}

/**
 * Queues with messages that somebody waits for have no batching window: replies, reports that end something,
 * and everything from devices. Progress reports of docks may wait a second, so that the reports of one upload
 * share a write ([ADR 0042](../docs/adr/0042-ends-take-a-way-without-a-window.md)).
 */
export const queues = {
  replies: { function: 'record-replies', batchSize: 10, windowSeconds: 0, maximumConcurrency: 10 },
  progress: { function: 'record-progress', batchSize: 100, windowSeconds: 1, maximumConcurrency: 10 },
  upgrades: { function: 'record-upgrades', batchSize: 10, windowSeconds: 0, maximumConcurrency: 20 },
  archives: { function: 'verify-archives', batchSize: 10, windowSeconds: 0 },
} as const satisfies Record<string, QueueTrigger>

/** `sourceSegment`: the segment of the topic that names the sender, counted from 1. */
export type TopicRuleTrigger = {
  queue: Exclude<keyof typeof queues, 'archives'>
  description: string
  filter: string
  sourceSegment: number
  sql: string
  /** The SQL with the option `dockAlarms=off`. */
  sqlWithoutAlarms?: string
  about?: About
  /** Messages for which `where`, an expression of AWS IoT SQL, is true go to this queue instead. */
  ends?: { where: string; queue: TopicRuleTrigger['queue'] }
  /** Later messages make up for lost ones, so the rule has no alarm, which would cost more than the rule. */
  mendsItself?: true
}

/**
 * IoT Core's lifecycle events for connects and disconnects. A dock's client id is its serial number; client
 * ids that cannot be one, such as that of a bridge, which has hyphens, are left out.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
const connectionEvents = { filter: '$aws/events/presence/+/+', clientIdSegment: 5 } as const

const progressMethods = [...eventMethods, ...upgradeEventMethods, ...debugEventMethods]

/**
 * Topic rules: IoT Core sends the messages that they select to a queue. Each topic has a single rule for
 * everything we need from it, because each rule is billed for every message on the topic, and docks report
 * alarms there every two seconds (ADR 0032).
 */
export const topicRules = {
  dockReplies: {
    queue: 'replies',
    description: 'Replies of docks to commands for remote logs, upgrades and debug mode',
    filter: topicFilters.replies,
    sourceSegment: dockSnSegment,
    sql: select(topicFilters.replies, [...replyMethods, ...upgradeReplyMethods, ...debugReplyMethods]),
  },
  dockProgress: {
    queue: 'progress',
    description: 'Reports of docks about log uploads, upgrades, power, alarms and flights',
    filter: topicFilters.events,
    sourceSegment: dockSnSegment,
    about: 'progress',
    ends: { where: isFound(endPattern), queue: 'replies' },
    sql: selectWithAlarms(topicFilters.events, progressMethods, 'progress'),
    sqlWithoutAlarms: select(topicFilters.events, progressMethods, 'progress'),
  },
  connections: {
    // Shares the queue of replies: these are few and small, and an idle queue of their own would cost more
    // (ADR 0030).
    queue: 'replies',
    description: 'Docks that connect to IoT Core and disconnect from it',
    filter: connectionEvents.filter,
    sourceSegment: connectionEvents.clientIdSegment,
    about: 'connection',
    mendsItself: true,
    sql: selectAbout(
      'connection',
      connectionEvents.clientIdSegment,
      connectionEvents.filter,
      couldBeSn(connectionEvents.clientIdSegment),
    ),
  },
  relayedPresence: {
    queue: 'replies',
    description: 'Presence of docks, as reported by a relay beside their broker',
    filter: presenceFilter,
    sourceSegment: presenceSnSegment,
    about: 'relay',
    mendsItself: true,
    sql: selectAbout('relay', presenceSnSegment, presenceFilter),
  },
  dockFirmware: {
    queue: 'replies',
    description: 'Firmware versions that docks and their aircraft report',
    filter: dockTopicFilters.state,
    sourceSegment: dockSnSegment,
    about: 'firmware',
    mendsItself: true,
    sql: selectAbout('firmware', dockSnSegment, dockTopicFilters.state, hasFirmware),
  },
  deviceEvents: {
    queue: 'upgrades',
    description: 'Reports of devices about their upgrades',
    filter: eventSources.bridged.filter,
    sourceSegment: eventSources.bridged.deviceIdSegment,
    sql: selectEvents(eventSources.bridged),
  },
  prefixedDeviceEvents: {
    queue: 'upgrades',
    description: 'The same through the MQTT bridge of AWS IoT Greengrass',
    filter: eventSources.prefixed.filter,
    sourceSegment: eventSources.prefixed.deviceIdSegment,
    sql: selectEvents(eventSources.prefixed),
  },
} as const satisfies Record<string, TopicRuleTrigger>

/** A topic rule for messages to which docks expect an answer; only with the option `dockServer`. */
export type AnswerRuleTrigger = { function: 'answer-docks'; description: string; filter: string; sql: string }

/**
 * Topic rules that invoke a function directly: a queue would use up part of the three seconds that a dock
 * waits.
 */
export const answerRules = {
  dockRequests: {
    function: 'answer-docks',
    description: 'Requests of docks to their server',
    filter: dockTopicFilters.requests,
    sql: selectAll('request', dockTopicFilters.requests),
  },
  dockTopologies: {
    function: 'answer-docks',
    description: 'Topologies: the aircraft of each dock',
    filter: dockTopicFilters.status,
    sql: selectAll('topology', dockTopicFilters.status),
  },
  dockEventsToAcknowledge: {
    function: 'answer-docks',
    description: 'Events of docks and aircraft that are repeated until they are acknowledged',
    filter: dockTopicFilters.events,
    sql: selectNeedsReply('event', dockTopicFilters.events),
  },
  dockStatesToAcknowledge: {
    function: 'answer-docks',
    description: 'Properties of docks and aircraft that are repeated until they are acknowledged',
    filter: dockTopicFilters.state,
    sql: selectNeedsReply('state', dockTopicFilters.state),
  },
} as const satisfies Record<string, AnswerRuleTrigger>

/** The answer rules that `-c ackEvents=off` leaves to another platform. */
export const acknowledgingRules: readonly string[] = ['dockEventsToAcknowledge', 'dockStatesToAcknowledge']

/**
 * A function in `stream/` that the table's stream starts. `maximumAgeSeconds`: records that have failed for
 * this long are given up.
 */
export type StreamTrigger = { function: string; batchSize: number; maximumAgeSeconds: number }

/**
 * The stream keeps a record for 24 hours, so records that are given up before that can still be read from it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export const streams = {
  changes: { function: 'tell-changes', batchSize: 100, maximumAgeSeconds: 20 * 3_600 },
} as const satisfies Record<string, StreamTrigger>

/** Functions in `events/` that events on the bus start. */
export const eventTriggers = {
  collections: { function: 'advance-collections' },
  webhooks: { function: 'send-webhooks' },
} as const

/** The queue that gets the `Object Created` events of the upload bucket. */
export const storageEvents = { queue: 'archives' } as const

/**
 * Functions in `docks/` that IoT Core asks whether a client may connect; each exists only with its option.
 */
export const logins = { dockLogin: { function: 'authorize-dock' } } as const

/** `timeoutSeconds`: for a function that may still run at its next start. */
export type ScheduleTrigger = { function: string; description: string; timeoutSeconds?: number }

/** How often scheduled functions start. The same for all, so that one rule can start several. */
export const scheduleRate = '1 minute'

/** The scheduled functions. */
export const schedules = {
  sweep: {
    function: 'sweep-uploads',
    description: 'Ends, checks and cancels due uploads, closes debug modes, updates presence, clears alarms',
  },
  continueUploads: {
    function: 'continue-uploads',
    description: 'Starts uploads that follow others automatically',
  },
  sweepUpgrades: {
    function: 'sweep-upgrades',
    description: 'Asks silent devices for their version, ends their attempts, offers packages to docks',
  },
  provePackages: {
    function: 'prove-packages',
    description: 'Reads package files and proves that they match their announced checksums',
    // Reads every byte, of files with many gigabytes.
    timeoutSeconds: 900,
  },
  runCollections: {
    function: 'run-collections',
    description: 'Starts daily collections of logs, and continues runs whose events were lost',
  },
  retryWebhooks: {
    function: 'retry-webhooks',
    description: 'Retries webhooks that are down, and sends the waiting deliveries of those that recovered',
    // Long enough to send many deliveries that waited while a receiver was down.
    timeoutSeconds: 120,
  },
  sweepCampaigns: {
    function: 'sweep-campaigns',
    description:
      'Plans and drives campaigns, aborts those with too many failures and closes their pending attempts',
  },
} as const satisfies Record<string, ScheduleTrigger>
