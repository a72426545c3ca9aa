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
 * What starts each function that no operator calls: `lib/` makes AWS resources of it. HTTP routes are in
 * `http/routes.ts`. A function's name is the name of its file: `ingest/` for what queues start, `docks/` for
 * what topic rules start, `clock/` for what the clock starts.
 */

/** A queue between a source and a function; the batch is what the function sees at once. */
export type QueueTrigger = {
  function: string
  batchSize: number
  /** How long a batch may wait to fill; more than 10 messages need at least 1. */
  windowSeconds: number
  /**
   * Most copies of the function that read the queue at once, 2 or more. Without it Lambda polls an idle queue
   * with two pollers instead of five, which is most of what a queue costs at rest; so only where devices fill
   * it, and may flood it.
   * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   */
  maximumConcurrency?: number
}

/**
 * What somebody waits for has no window: answers, what ends something, and all that devices say. What docks say on the
 * way may wait a second, so that reports of one upload share a write ([ADR 0042](../docs/adr/0042-ends-take-a-way-without-a-window.md)).
 */
export const queues = {
  replies: { function: 'record-replies', batchSize: 10, windowSeconds: 0, maximumConcurrency: 10 },
  progress: { function: 'record-progress', batchSize: 100, windowSeconds: 1, maximumConcurrency: 10 },
  upgrades: { function: 'record-upgrades', batchSize: 10, windowSeconds: 0, maximumConcurrency: 20 },
  archives: { function: 'verify-archives', batchSize: 10, windowSeconds: 0 },
} as const satisfies Record<string, QueueTrigger>

/** Who sent a message is told by this segment of its topic, counted from 1. */
export type TopicRuleTrigger = {
  queue: Exclude<keyof typeof queues, 'archives'>
  description: string
  filter: string
  sourceSegment: number
  sql: string
  /** With the option `dockAlarms=off`. */
  sqlWithoutAlarms?: string
  about?: About
  /** A message of which `where` is true goes to this queue instead; an expression of AWS IoT SQL. */
  ends?: { where: string; queue: TopicRuleTrigger['queue'] }
  /** What is lost of it mends itself: no alarm looks at the rule, each of which would cost more than it. */
  mendsItself?: true
}

/**
 * IoT Core's own word on who connects and leaves. A dock's client id is its serial number; ids of others that
 * cannot be one, as a bridge's with its hyphens, are left out.
 * https://docs.aws.amazon.com/iot/latest/developerguide/life-cycle-events.html
 */
const connectionEvents = { filter: '$aws/events/presence/+/+', clientIdSegment: 5 } as const

const progressMethods = [...eventMethods, ...upgradeEventMethods, ...debugEventMethods]

/**
 * Topic rules: IoT Core hands what they select to the queue. One rule for all that we want from a topic: each
 * costs for every message on it, and docks raise their alarms there every two seconds (ADR 0032).
 */
export const topicRules = {
  dockReplies: {
    queue: 'replies',
    description: 'What docks answer to commands for remote logs, upgrades and debug mode',
    filter: topicFilters.replies,
    sourceSegment: dockSnSegment,
    sql: select(topicFilters.replies, [...replyMethods, ...upgradeReplyMethods, ...debugReplyMethods]),
  },
  dockProgress: {
    queue: 'progress',
    description: 'What docks report about log uploads, upgrades, power, alarms and flights',
    filter: topicFilters.events,
    sourceSegment: dockSnSegment,
    about: 'progress',
    ends: { where: isFound(endPattern), queue: 'replies' },
    sql: selectWithAlarms(topicFilters.events, progressMethods, 'progress'),
    sqlWithoutAlarms: select(topicFilters.events, progressMethods, 'progress'),
  },
  connections: {
    // With the replies: few and small, and a queue of its own would cost more at rest than all of them (ADR 0030).
    queue: 'replies',
    description: 'Which docks connect to IoT Core themselves, and leave',
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
    description: 'Which docks are there, as a relay beside their broker tells',
    filter: presenceFilter,
    sourceSegment: presenceSnSegment,
    about: 'relay',
    mendsItself: true,
    sql: selectAbout('relay', presenceSnSegment, presenceFilter),
  },
  dockFirmware: {
    queue: 'replies',
    description: 'Which firmware docks and their aircraft say they run',
    filter: dockTopicFilters.state,
    sourceSegment: dockSnSegment,
    about: 'firmware',
    mendsItself: true,
    sql: selectAbout('firmware', dockSnSegment, dockTopicFilters.state, hasFirmware),
  },
  deviceEvents: {
    queue: 'upgrades',
    description: 'What devices report of their upgrades',
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

/** What docks wait for an answer to; only with the option `dockServer`. */
export type AnswerRuleTrigger = { function: 'answer-docks'; description: string; filter: string; sql: string }

/** Topic rules whose messages go to a function at once: a queue would cost a part of the dock's three seconds. */
export const answerRules = {
  dockRequests: {
    function: 'answer-docks',
    description: 'What docks ask their server',
    filter: dockTopicFilters.requests,
    sql: selectAll('request', dockTopicFilters.requests),
  },
  dockTopologies: {
    function: 'answer-docks',
    description: 'Which aircraft hang on docks',
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

/** Those of them that `-c ackEvents=off` leaves to another platform. */
export const acknowledgingRules: readonly string[] = ['dockEventsToAcknowledge', 'dockStatesToAcknowledge']

/** What the table's stream starts, in the folder `stream/`. `maximumAgeSeconds`: what failed for so long is given up. */
export type StreamTrigger = { function: string; batchSize: number; maximumAgeSeconds: number }

/**
 * The stream keeps a record for 24 hours. What is given up before that can still be read from it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
 */
export const streams = {
  changes: { function: 'tell-changes', batchSize: 100, maximumAgeSeconds: 20 * 3_600 },
} as const satisfies Record<string, StreamTrigger>

/** What events on the bus start, in the folder `events/`. */
export const eventTriggers = {
  collections: { function: 'advance-collections' },
  webhooks: { function: 'send-webhooks' },
} as const

/** Storage events: `Object Created` of the upload bucket goes to this queue. */
export const storageEvents = { queue: 'archives' } as const

/** What IoT Core asks about who connects, in the folder `docks/`; there only with the option of that name. */
export const logins = { dockLogin: { function: 'authorize-dock' } } as const

/** `timeoutSeconds`: for a function that may work longer than until its next start. */
export type ScheduleTrigger = { function: string; description: string; timeoutSeconds?: number }

/** How often the clock starts each of its functions: one for all, so that one rule starts several. */
export const scheduleRate = '1 minute'

/** What the clock starts. */
export const schedules = {
  sweep: {
    function: 'sweep-uploads',
    description: 'Ends, checks and cancels uploads that are due, closes debug modes, clears alarms',
  },
  continueUploads: {
    function: 'continue-uploads',
    description: 'Starts the uploads that follow others by themselves',
  },
  sweepUpgrades: {
    function: 'sweep-upgrades',
    description: 'Gives up attempts that have gone silent',
  },
  provePackages: {
    function: 'prove-packages',
    description: 'Reads the files of packages and proves that they are what was announced',
    // Of a file of many gigabytes every byte is read.
    timeoutSeconds: 900,
  },
  runCollections: {
    function: 'run-collections',
    description: 'Starts collections of logs by the clock, and carries on what an event was lost for',
  },
  retryWebhooks: {
    function: 'retry-webhooks',
    description: 'Tries webhooks that did not answer, and sends what waits for those that do again',
    // What waited for a receiver while it was down follows as long as this.
    timeoutSeconds: 120,
  },
  sweepCampaigns: {
    function: 'sweep-campaigns',
    description:
      'Plans and drives campaigns, aborts those that fail too often and closes what is pending in them',
  },
} as const satisfies Record<string, ScheduleTrigger>
