import { Duration } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import * as z from 'zod'

/**
 * The type of each property of the construct. TypeScript checks it at compile time; for JavaScript it is
 * checked here, so that for example `alarms: 'off'` is not taken for on.
 */

const flag = z.boolean('must be true or false').optional()
const text = z.string('must be a text').optional()
const count = z.number('must be a number').optional()
const construct = z
  .custom<Construct>(Construct.isConstruct, 'must be a construct, such as `fromArn` gives')
  .optional()
const time = z
  .custom<Duration>((one) => one instanceof Duration, 'must be a Duration, such as Duration.days(30)')
  .optional()
const texts = z.array(z.string('must be a text'), 'must be a list').optional()

const of = <Shape extends z.ZodRawShape>(shape: Shape) => {
  const names = Object.keys(shape).join(', ')
  const error: z.core.$ZodErrorMap = (issue) =>
    issue.code === 'unrecognized_keys'
      ? `has no ${issue.keys.join(', ')}; there is ${names}`
      : `must be an object of ${names}`
  return z.strictObject(shape, { error })
}

const props = of({
  bucket: construct,
  encryptionKey: construct,
  storage: of({
    provider: text,
    endpoint: text,
    dockEndpoint: text,
    region: text,
    bucketName: text,
    secret: construct.unwrap(),
    roleArn: text,
    aliRoleArn: text,
    aliStsEndpoint: text,
  }).optional(),
  userPool: construct,
  userPoolClients: z.array(construct.unwrap(), 'must be a list').optional(),
  issuer: of({ url: text, audience: texts.unwrap(), groupsClaim: text, groupPrefix: text }).optional(),
  machinePermissions: texts,
  eventBus: construct,
  alarms: flag,
  alarmTopic: construct,
  alarmEmail: text,
  dashboard: flag,
  retention: of({
    archives: time,
    commands: time,
    uploads: time,
    upgrades: time,
    rejected: time,
    logs: count,
  }).optional(),
  maxReadUnits: count,
  maxWriteUnits: count,
  iotEndpoint: text,
  dockServer: of({ licence: construct.unwrap(), ntpHost: text }).optional(),
  dockLogin: of({ concurrency: count, domain: text, certificate: construct }).optional(),
  dockAlarms: flag,
  acknowledgeEvents: flag,
  timeSync: flag,
  packageDownloads: flag,
  autoRetries: count,
  longUploads: text,
  expireUnit: text,
  consoleUrl: text,
})

/**
 * A line for each property of the wrong type, or of no known name; empty: all are right. `isName`: the other
 * properties can be validated nevertheless.
 */
export const wrongKinds = (given: unknown): { line: string; isName: boolean }[] => {
  const { error } = props.safeParse(given)
  return (error?.issues ?? []).map(({ path, message, code }) => ({
    line: `  ${path.join('.') || 'properties'}: ${message}`,
    isName: code === 'unrecognized_keys',
  }))
}
